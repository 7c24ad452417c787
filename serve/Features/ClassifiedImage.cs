using System.Runtime.InteropServices;
using System.Text.Json;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>What was read from the row of a classified image, which has been given back: the fields that <see cref="Classification"/> describes.</summary>
internal sealed class ClassifiedImage
{
    private const int MicrosecondDigits = 3;
    private readonly JsonEncodedText[] _labels;
    private readonly int[] _best;
    private readonly float[] _probabilities;
    private readonly float? _disagreement;
    private readonly int _batchSize;
    private readonly TimeSpan _queue;
    private readonly TimeSpan _decode;
    private readonly TimeSpan _infer;
    private readonly BatchReport? _batch;

    private ClassifiedImage(Inference inference, int top, bool explain)
    {
        var (model, lease) = (inference.Model, inference.Lease);
        var probabilities = MemoryMarshal.Cast<byte, float>(lease.Output(model.Classes!.Output));
        _labels = model.Classes.Labels;
        _best = new int[Math.Min(top, probabilities.Length)];
        _probabilities = new float[_best.Length];
        Ranking.Largest(probabilities, _best);
        for (var i = 0; i < _best.Length; i++)
        {
            _probabilities[i] = probabilities[_best[i]];
        }

        _disagreement = model.Disagreement is { } output ? MemoryMarshal.Cast<byte, float>(lease.Output(output))[0] : null;
        (_batchSize, _queue, _decode, _infer) = (lease.BatchSize, inference.Queue, inference.Filling, inference.Infer);
        _batch = explain ? lease.Batch : null;
    }

    /// <summary>Reads the outputs of a run, and completes it.</summary>
    /// <param name="inference">A run of a single row.</param>
    /// <param name="top">Most classes that are wanted.</param>
    /// <param name="explain">Whether it is wanted why the batch was what it was.</param>
    public static ClassifiedImage Of(Inference inference, int top, bool explain)
    {
        var started = inference.Model.Batcher.Time.GetTimestamp();
        try
        {
            return new(inference, top, explain);
        }
        finally
        {
            inference.Complete(started);
        }
    }

    /// <summary>Writes its properties into an object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("predictions"u8);
        for (var i = 0; i < _best.Length; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("label"u8, _labels[_best[i]]);
            writer.WriteNumber("index"u8, _best[i]);
            writer.WritePropertyName("probability"u8);
            TensorJson.Write(writer, _probabilities[i]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (_disagreement is { } disagreement)
        {
            writer.WritePropertyName("disagreement"u8);
            TensorJson.Write(writer, disagreement);
        }

        WriteRun(writer, _batchSize, _queue, _decode, _infer, _batch);
    }

    /// <summary>Writes how a request ran: <c>batch_size</c>, <c>timings_ms</c>, and <c>batch</c> when it is wanted.</summary>
    public static void WriteRun(Utf8JsonWriter writer, int batchSize, TimeSpan queue, TimeSpan decode, TimeSpan infer, BatchReport? batch)
    {
        writer.WriteNumber("batch_size"u8, batchSize);
        writer.WriteStartObject("timings_ms"u8);
        writer.WriteNumber("queue"u8, Milliseconds(queue));
        writer.WriteNumber("decode"u8, Milliseconds(decode));
        writer.WriteNumber("infer"u8, Milliseconds(infer));
        writer.WriteEndObject();
        if (batch is not null)
        {
            writer.WriteStartObject("batch"u8);
            writer.WriteNumber("requests"u8, batch.Requests);
            writer.WriteString("closed_by"u8, BatchExplanation.Word(batch.ClosedBy));
            writer.WriteNumber("instance"u8, batch.Instance);
            writer.WriteEndObject();
        }
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(Math.Max(0, time.TotalMilliseconds), MicrosecondDigits);
}
