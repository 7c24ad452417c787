using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Toolchain.Train.Observation;

/// <summary>One line of a run's log; the text of <c>log.md</c> is made of the descriptions here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = RunLogFormat.Kind, UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(StartLine), "start")]
[JsonDerivedType(typeof(ResumeLine), "resume")]
[JsonDerivedType(typeof(StepLine), "step")]
[JsonDerivedType(typeof(ValidationLine), "validation")]
[JsonDerivedType(typeof(EpochLine), "epoch")]
[JsonDerivedType(typeof(CheckpointLine), "checkpoint")]
[JsonDerivedType(typeof(FindingLine), "finding")]
[JsonDerivedType(typeof(EndLine), "end")]
internal abstract record RunLogLine
{
    [Description("Seconds since this process began the run; a resumed run begins at 0 again.")]
    [JsonPropertyOrder(100)]
    public required double Elapsed { get; init; }
}

[Description("The run begins; the first line.")]
internal sealed record StartLine : RunLogLine
{
    [Description("The version of this format, 1.")]
    public required int Format { get; init; }

    [Description("When it began: UTC, ISO 8601.")]
    public required DateTimeOffset Time { get; init; }

    [Description("The name that the model will have in the registry.")]
    public required string Model { get; init; }

    [Description("The network: a name of the catalog, a file, or a model.")]
    public required string Network { get; init; }

    [Description("Numbers that are trained, frozen ones included.")]
    public required long Parameters { get; init; }

    [Description("The data set's reference.")]
    public required string Data { get; init; }

    [Description("`classification`, `segmentation` or `regression`.")]
    public required string Task { get; init; }

    [Description("The classes, or the columns of values, in the order of the network's outputs.")]
    public required IReadOnlyList<string> Labels { get; init; }

    [Description("Training samples.")]
    public required int TrainImages { get; init; }

    [Description("Validation samples.")]
    public required int ValidationImages { get; init; }

    [Description("Test samples.")]
    public required int TestImages { get; init; }

    [Description("Every setting of the recipe, by its name in recipe files, and `precision` and `layout`.")]
    public required IReadOnlyDictionary<string, JsonElement> Recipe { get; init; }

    [Description("The seed of all random choices.")]
    public required long Seed { get; init; }

    [Description("Where it computes: `cpu`, `cuda:0`.")]
    public required string Device { get; init; }

    [Description("Computing threads.")]
    public required int Threads { get; init; }
}

[Description("Another process goes on with the run. Lines above it about later steps are of work that was lost, and are repeated below.")]
internal sealed record ResumeLine : RunLogLine
{
    [Description("When it went on: UTC, ISO 8601.")]
    public required DateTimeOffset Time { get; init; }

    [Description("Whole epochs that were trained before.")]
    public required int Epochs { get; init; }

    [Description("Steps that were taken before.")]
    public required long Steps { get; init; }
}

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
    [Description("`published`, `stopped` or `failed`.")]
    public required string Outcome { get; init; }

    [Description("Why it was stopped or failed, or ended before its last epoch; null when it did not.")]
    public required string? Why { get; init; }

    [Description("The published version, the last one of several; null when nothing was published.")]
    public required string? Model { get; init; }

    [Description("The epoch whose weights were published; null when nothing was.")]
    public required int? BestEpoch { get; init; }

    [Description("Why the training ended before its last epoch although a model was published; null when it did not.")]
    public required string? EndedEarly { get; init; }

    [Description("The loss on the test split; null when nothing was published, or when it is no number.")]
    public required double? TestLoss { get; init; }

    [Description("The accuracy on the test split, 0..1; null when nothing was published, and in regression.")]
    public required double? TestAccuracy { get; init; }

    [Description("Training samples per second in the steady state; null when the training did not come to its end.")]
    public required double? ImagesPerSecond { get; init; }
}
