using System.ComponentModel;

namespace Toolchain.Train.Observation;

[Description("Some steps have been taken: as many as `--log-every` says, or by default 50, fewer when they took 5 seconds.")]
internal sealed record StepLine : RunLogLine
{
    [Description("Optimiser steps since the run's beginning.")]
    public required long Step { get; init; }

    [Description("The epoch, from 1.")]
    public required int Epoch { get; init; }

    [Description("The mean training loss over the samples since the last line of this kind, or since the epoch began.")]
    public required double Loss { get; init; }

    [Description("The training accuracy over the same samples, 0..1, with augmentation and dropout in force; null in regression.")]
    public required double? Accuracy { get; init; }

    [Description("The last step's base learning rate.")]
    public required double LearningRate { get; init; }

    [Description("Training samples per second over the same steps.")]
    public required double ImagesPerSecond { get; init; }

    [Description("Seconds of these steps in which they stood waiting for data.")]
    public required double WaitedSeconds { get; init; }

    [Description("Physical memory of the process, in bytes.")]
    public required long ResidentBytes { get; init; }
}

[Description("The validation split was measured after an epoch; absent in runs without one.")]
internal sealed record ValidationLine : RunLogLine
{
    [Description("The epoch, from 1.")]
    public required int Epoch { get; init; }

    [Description("Optimiser steps since the run's beginning.")]
    public required long Steps { get; init; }

    [Description("Validation samples.")]
    public required long Images { get; init; }

    [Description("The mean loss; null when it is no number.")]
    public required double Loss { get; init; }

    [Description("The accuracy, 0..1; null in regression.")]
    public required double? Accuracy { get; init; }

    [Description("Wall time of the measurement.")]
    public required double Seconds { get; init; }
}

[Description("An epoch has ended.")]
internal sealed record EpochLine : RunLogLine
{
    [Description("The epoch, from 1.")]
    public required int Epoch { get; init; }

    [Description("Optimiser steps since the run's beginning.")]
    public required long Steps { get; init; }

    [Description("The mean loss over the epoch's training batches, as they were seen.")]
    public required double TrainLoss { get; init; }

    [Description("The accuracy over them, 0..1; null in regression.")]
    public required double? TrainAccuracy { get; init; }

    [Description("The mean loss on the validation split; null where there is none, or when it is no number.")]
    public required double? ValidationLoss { get; init; }

    [Description("The accuracy on the validation split, 0..1; null where there is none, and in regression.")]
    public required double? ValidationAccuracy { get; init; }

    [Description("The last step's base learning rate.")]
    public required double LearningRate { get; init; }

    [Description("Training samples per second of the epoch, validation left out.")]
    public required double ImagesPerSecond { get; init; }

    [Description("Wall time of the epoch, validation included.")]
    public required double Seconds { get; init; }

    [Description("Whether it is the best epoch so far.")]
    public required bool Best { get; init; }

    [Description("Physical memory of the process, in bytes.")]
    public required long ResidentBytes { get; init; }
}
