using System.ComponentModel;

namespace Toolchain.Train.Observation;

[Description("A checkpoint was written.")]
internal sealed record CheckpointLine : RunLogLine
{
    [Description("The file or folder, seen from the run's folder.")]
    public required string Path { get; init; }

    [Description("The epoch that it is of, from 1.")]
    public required int Epoch { get; init; }

    [Description("Optimiser steps before it.")]
    public required long Steps { get; init; }
}

[Description("The figures show a known sign of trouble; once for each sign.")]
internal sealed record FindingLine : RunLogLine
{
    [Description("Which sign.")]
    public required string Sign { get; init; }

    [Description("The epoch after which it was seen, from 1.")]
    public required int Epoch { get; init; }

    [Description("What was measured, and what it means.")]
    public required string Message { get; init; }

    [Description("What to try.")]
    public required string Advice { get; init; }
}

[Description("The run is over; the last line, absent when the process was killed.")]
internal sealed record EndLine : RunLogLine
{
    [Description("`published`, `stopped`, `failed`, or, of a sweep's trial, `trained`: it came as far as the sweep wanted it.")]
    public required string Outcome { get; init; }

    [Description("Why it was stopped or failed; null when it was not.")]
    public required string? Why { get; init; }

    [Description("The published version, the last one of several; null when nothing was published.")]
    public required string? Model { get; init; }

    [Description("The epoch whose weights were published; null when nothing was.")]
    public required int? BestEpoch { get; init; }

    [Description("Why the training ended before its last epoch although it did not fail; null when it did not.")]
    public required string? EndedEarly { get; init; }

    [Description("The loss on the test split; null when nothing was published, or when it is no number.")]
    public required double? TestLoss { get; init; }

    [Description("The accuracy on the test split, 0..1; null when nothing was published, and in regression.")]
    public required double? TestAccuracy { get; init; }

    [Description("Training samples per second in the steady state; null when the training did not come to its end.")]
    public required double? ImagesPerSecond { get; init; }
}
