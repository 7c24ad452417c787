using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>How a model is run, as Triton's ModelConfig has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Platform">What runs it.</param>
/// <param name="Backend">What runs it, as newer clients read it.</param>
/// <param name="MaxBatchSize">Most rows of a request, to which clients hold theirs; larger than a batch, of which several then run.</param>
/// <param name="Input">What it takes.</param>
/// <param name="Output">What it gives.</param>
/// <param name="InstanceGroup">Where and how often it runs at the same time.</param>
/// <param name="DynamicBatching">How requests are batched.</param>
/// <param name="DefaultModelFilename">The file that was loaded.</param>
/// <param name="Parameters">How it runs on this machine, and what decided: <c>threads</c> of a run, <c>max_batch_rows</c> of a run, <c>plan</c>, <c>reason</c>.</param>
internal sealed record ModelConfig(
    string Name,
    string Platform,
    string Backend,
    int MaxBatchSize,
    IReadOnlyList<ConfigInput> Input,
    IReadOnlyList<ConfigOutput> Output,
    IReadOnlyList<ConfigInstances> InstanceGroup,
    ConfigBatching DynamicBatching,
    string DefaultModelFilename,
    IReadOnlyDictionary<string, ConfigParameter> Parameters)
{
    /// <summary>The configuration of a version.</summary>
    public static ModelConfig Of(ServedModel model, ServeOptions options) => new(
        model.Name,
        ModelEndpoints.Platform,
        "onnxruntime",
        model.Batcher.MaxRequestRows,
        [.. model.Layout.Inputs.Select(static row => new ConfigInput(row.Name, Word(row.Type), row.Dimensions))],
        [.. model.Layout.Outputs.Select(static row => new ConfigOutput(row.Name, Word(row.Type), row.Dimensions))],
        [model.Device.Kind == DeviceKind.Cuda ? new(model.Name, "KIND_GPU", model.Batcher.Plan.Instances, [model.Device.Index]) : new(model.Name, "KIND_CPU", model.Batcher.Plan.Instances, [])],
        new(
            options.PreferredBatchSize,
            (long)options.MaxQueueDelay.TotalMicroseconds,
            RequestPriority.Lowest,
            RequestPriority.Default,
            new("REJECT", options.QueueTimeout > TimeSpan.Zero ? (long)options.QueueTimeout.TotalMicroseconds : 0, true, options.MaxQueueSize)),
        model.Manifest?.Served()?.File ?? ArtifactFiles.Model,
        Plan(model.Batcher));

    private static Dictionary<string, ConfigParameter> Plan(Batcher batcher) => new()
    {
        ["threads"] = new(batcher.Plan.Threads.ToString(CultureInfo.InvariantCulture)),
        ["max_batch_rows"] = new(batcher.MaxBatchSize.ToString(CultureInfo.InvariantCulture)),
        ["plan"] = new(batcher.Plan.ToString()),
        ["reason"] = new(batcher.Plan.Reason),
    };

    private static string Word(ElementType type) => type == ElementType.Text ? "TYPE_STRING" : $"TYPE_{Datatypes.Name(type)}";
}

/// <summary>An input of a configuration. Clients expect the fields that never change here, too.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">The word for its type, for example TYPE_UINT8.</param>
/// <param name="Dims">Its shape without the batch.</param>
/// <param name="Format">FORMAT_NONE: the shape says it.</param>
/// <param name="IsShapeTensor">Never.</param>
/// <param name="AllowRaggedBatch">Never.</param>
/// <param name="Optional">Never.</param>
internal sealed record ConfigInput(
    string Name, string DataType, IReadOnlyList<long> Dims, string Format = "FORMAT_NONE", bool IsShapeTensor = false, bool AllowRaggedBatch = false, bool Optional = false);

/// <summary>An output of a configuration.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">The word for its type, for example TYPE_FP32.</param>
/// <param name="Dims">Its shape without the batch.</param>
/// <param name="LabelFilename">Empty: labels are in the model's card.</param>
/// <param name="IsShapeTensor">Never.</param>
internal sealed record ConfigOutput(string Name, string DataType, IReadOnlyList<long> Dims, string LabelFilename = "", bool IsShapeTensor = false);

/// <summary>Instances of a model on one kind of device.</summary>
/// <param name="Name">The group's name.</param>
/// <param name="Kind">KIND_CPU or KIND_GPU.</param>
/// <param name="Count">How many run at the same time.</param>
/// <param name="Gpus">The GPUs that they run on.</param>
internal sealed record ConfigInstances(string Name, string Kind, int Count, IReadOnlyList<int> Gpus);

/// <summary>How requests are batched.</summary>
/// <param name="PreferredBatchSize">Sizes at which a batch does not wait any more.</param>
/// <param name="MaxQueueDelayMicroseconds">How long a batch waits for more rows although the session is free, in µs.</param>
/// <param name="PriorityLevels">The levels that a request may ask for, from 1, the highest.</param>
/// <param name="DefaultPriorityLevel">The level of a request that asks for none.</param>
/// <param name="DefaultQueuePolicy">How long and how many requests wait.</param>
internal sealed record ConfigBatching(IReadOnlyList<int> PreferredBatchSize, long MaxQueueDelayMicroseconds, int PriorityLevels, int DefaultPriorityLevel, ConfigQueue DefaultQueuePolicy);

/// <summary>A parameter of a configuration.</summary>
internal sealed record ConfigParameter(string StringValue);

/// <summary>How long and how many requests wait.</summary>
/// <param name="TimeoutAction">REJECT: whoever waited too long gets 503.</param>
/// <param name="DefaultTimeoutMicroseconds">How long a request waits that does not say it, in µs; 0 for as long as it takes.</param>
/// <param name="AllowTimeoutOverride">Whether a request may say it: parameter <c>timeout</c>.</param>
/// <param name="MaxQueueSize">Most requests that wait.</param>
internal sealed record ConfigQueue(string TimeoutAction, long DefaultTimeoutMicroseconds, bool AllowTimeoutOverride, int MaxQueueSize);
