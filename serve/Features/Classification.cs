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

/// <summary>Why a batch was what it was.</summary>
/// <param name="Requests">The requests whose rows ran together.</param>
/// <param name="ClosedBy">What ended its gathering: <c>idle</c> (the model was free), <c>full</c>, <c>preferred</c> (a preferred size), <c>delay</c> (it had waited as long as it may), or <c>deadline</c> (waiting longer would have cost a request its deadline).</param>
/// <param name="Instance">Which of the model's instances ran it, from 0.</param>
internal sealed record BatchExplained(int Requests, string ClosedBy, int Instance);
