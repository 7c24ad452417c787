namespace Toolchain.Serve.Features;

/// <summary>What an image shows.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version that answered.</param>
/// <param name="Predictions">The likeliest classes, best first.</param>
/// <param name="BatchSize">Rows that ran together.</param>
/// <param name="TimingsMs">Where the time went, in ms.</param>
internal sealed record Classification(string Model, int Version, IReadOnlyList<Prediction> Predictions, int BatchSize, Timings TimingsMs)
{
    /// <summary>How far the members of an ensemble disagree, in nats, from 0; absent for other models.</summary>
    public float? Disagreement { get; init; }

    /// <summary>Why the batch was what it was; absent unless the request asks with <c>explain=true</c>.</summary>
    public BatchExplained? Batch { get; init; }
}

/// <summary>What several images show.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version that answered.</param>
/// <param name="Results">One for each file, in the order of the files.</param>
internal sealed record Classifications(string Model, int Version, IReadOnlyList<FileClassification> Results);

/// <summary>What one of several images shows, or why it could not be classified.</summary>
/// <param name="File">The file's name as it was sent.</param>
/// <param name="Predictions">The likeliest classes, best first; absent when there is an error.</param>
/// <param name="BatchSize">Rows that ran together; absent when there is an error.</param>
/// <param name="TimingsMs">Where the time went, in ms; absent when there is an error.</param>
/// <param name="Error">What is wrong with this file and what to do; absent when it was classified.</param>
internal sealed record FileClassification(string File, IReadOnlyList<Prediction>? Predictions = null, int? BatchSize = null, Timings? TimingsMs = null, string? Error = null)
{
    /// <summary>How far the members of an ensemble disagree, in nats, from 0; absent for other models.</summary>
    public float? Disagreement { get; init; }

    /// <summary>Why the batch was what it was; absent unless the request asks with <c>explain=true</c>.</summary>
    public BatchExplained? Batch { get; init; }
}

/// <summary>A class and how likely it is.</summary>
/// <param name="Label">Its name; its index where the model has no names.</param>
/// <param name="Index">Its place among the model's outputs, from 0.</param>
/// <param name="Probability">0..1.</param>
internal sealed record Prediction(string Label, int Index, float Probability);

/// <summary>Where the time of a request went, in ms, from the moment when its body was there.</summary>
/// <param name="Queue">Waiting: for a place, for a decoder, and for the session.</param>
/// <param name="Decode">Decoding the image.</param>
/// <param name="Infer">The run of the whole batch.</param>
internal sealed record Timings(double Queue, double Decode, double Infer);

<<<<<<< HEAD
/// <summary>The response to a classify request: a <see cref="Classification"/>, written from the row of the model's buffer, which it gives back.</summary>
internal sealed class ClassificationResult(ModelUse use, RowLease lease, int top, TimeSpan decoded) : IResult
{
    private const int MicrosecondDigits = 3;
    private readonly ServedModel model = use.Model;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        using (lease)
        {
            var writing = lease.Now;
            var json = Scratch.Write(this, static (writer, result) => result.Write(writer));
            httpContext.Response.ContentType = "application/json";
            httpContext.Response.ContentLength = json.Length;
            httpContext.Response.BodyWriter.Write(json);
            use.Succeeded(lease, decoded, lease.Elapsed(writing, lease.Now));
        }

        return httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted).AsTask();
    }

    /// <summary>The indices of the largest values, largest first; of equal ones the first comes first, and what is not a number comes last.</summary>
    internal static void Largest(ReadOnlySpan<float> values, Span<int> best)
    {
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var place = count;
            while (place > 0 && (values[i] > values[best[place - 1]] || (float.IsNaN(values[best[place - 1]]) && !float.IsNaN(values[i]))))
            {
                place--;
            }

            if (place < best.Length)
            {
                count = Math.Min(count + 1, best.Length);
                best[place..(count - 1)].CopyTo(best[(place + 1)..]);
                best[place] = i;
            }
        }
    }

    private void Write(Utf8JsonWriter writer)
    {
        var probabilities = MemoryMarshal.Cast<byte, float>(lease.Output(model.Classes!.Output));
        writer.WriteStartObject();
        writer.WriteString("model"u8, model.Name);
        writer.WriteNumber("version"u8, model.Version);
        writer.WriteStartArray("predictions"u8);
        WritePredictions(writer, probabilities);
        writer.WriteEndArray();
        if (model.Disagreement is { } disagreement)
        {
            writer.WritePropertyName("disagreement"u8);
            TensorJson.Write(writer, MemoryMarshal.Cast<byte, float>(lease.Output(disagreement))[0]);
        }

        writer.WriteNumber("batch_size"u8, lease.BatchSize);
        writer.WriteStartObject("timings_ms"u8);
        var queue = lease.Elapsed(lease.Entered, lease.Started) - decoded;
        writer.WriteNumber("queue"u8, Milliseconds(queue));
        writer.WriteNumber("decode"u8, Milliseconds(decoded));
        writer.WriteNumber("infer"u8, Milliseconds(lease.Elapsed(lease.Started, lease.Ended)));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WritePredictions(Utf8JsonWriter writer, ReadOnlySpan<float> probabilities)
    {
        var count = Math.Min(top, probabilities.Length);
        var rented = ArrayPool<int>.Shared.Rent(count);
        var best = rented.AsSpan(0, count);
        Largest(probabilities, best);
        foreach (var index in best)
        {
            writer.WriteStartObject();
            writer.WriteString("label"u8, model.Classes!.Labels[index]);
            writer.WriteNumber("index"u8, index);
            writer.WritePropertyName("probability"u8);
            TensorJson.Write(writer, probabilities[index]);
            writer.WriteEndObject();
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(Math.Max(0, time.TotalMilliseconds), MicrosecondDigits);
}
=======
/// <summary>Why a batch was what it was.</summary>
/// <param name="Requests">The requests whose rows ran together.</param>
/// <param name="ClosedBy">What ended its gathering: <c>idle</c> (the model was free), <c>full</c>, <c>preferred</c> (a preferred size), <c>delay</c> (it had waited as long as it may), or <c>deadline</c> (waiting longer would have cost a request its deadline).</param>
/// <param name="Instance">Which of the model's instances ran it, from 0.</param>
internal sealed record BatchExplained(int Requests, string ClosedBy, int Instance);
>>>>>>> wire
