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
