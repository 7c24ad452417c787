using Toolchain.Graphs;
using Toolchain.Runtime;
using Toolchain.Serve.Features;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>How a model is run, as the protocol's message has it.</summary>
internal static class ModelConfigs
{
    /// <summary>The configuration of a version.</summary>
    public static Messages.ModelConfig Of(ServedModel model, ServeOptions options) => new()
    {
        Name = model.Name,
        Platform = ModelEndpoints.Platform,
        Backend = "onnxruntime",
        MaxBatchSize = model.Batcher.MaxBatchSize,
        Input = { model.Layout.Inputs.Select(static input => new Messages.ModelInput { Name = input.Name, DataType = Of(input.Type), Dims = { input.Dimensions } }) },
        Output = { model.Layout.Outputs.Select(static output => new Messages.ModelOutput { Name = output.Name, DataType = Of(output.Type), Dims = { output.Dimensions } }) },
        InstanceGroup = { Instances(model) },
        DynamicBatching = new()
        {
            MaxQueueDelayMicroseconds = (ulong)options.MaxQueueDelay.TotalMicroseconds,
            DefaultQueuePolicy = new()
            {
                DefaultTimeoutMicroseconds = options.QueueTimeout > TimeSpan.Zero ? (ulong)options.QueueTimeout.TotalMicroseconds : 0,
                AllowTimeoutOverride = true,
                MaxQueueSize = (uint)options.MaxQueueSize,
            },
        },
    };

    private static Messages.ModelInstanceGroup Instances(ServedModel model)
    {
        var isGpu = model.Device.Kind == DeviceKind.Cuda;
        var group = new Messages.ModelInstanceGroup
        {
            Name = model.Name,
            Count = 1,
            Kind = isGpu ? Messages.ModelInstanceGroup.Types.Kind.Gpu : Messages.ModelInstanceGroup.Types.Kind.Cpu,
        };
        if (isGpu)
        {
            group.Gpus.Add(model.Device.Index);
        }

        return group;
    }

    private static Messages.DataType Of(ElementType type) => type switch
    {
        ElementType.Bool => Messages.DataType.TypeBool,
        ElementType.UInt8 => Messages.DataType.TypeUint8,
        ElementType.UInt16 => Messages.DataType.TypeUint16,
        ElementType.UInt32 => Messages.DataType.TypeUint32,
        ElementType.UInt64 => Messages.DataType.TypeUint64,
        ElementType.Int8 => Messages.DataType.TypeInt8,
        ElementType.Int16 => Messages.DataType.TypeInt16,
        ElementType.Int32 => Messages.DataType.TypeInt32,
        ElementType.Int64 => Messages.DataType.TypeInt64,
        ElementType.Float16 => Messages.DataType.TypeFp16,
        ElementType.Float32 => Messages.DataType.TypeFp32,
        ElementType.Float64 => Messages.DataType.TypeFp64,
        ElementType.BFloat16 => Messages.DataType.TypeBf16,
        ElementType.Text => Messages.DataType.TypeString,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };
}
