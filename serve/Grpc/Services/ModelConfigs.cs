using Google.Protobuf.Reflection;
using Toolchain.Serve.Features;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>How a model is run, as the protocol's message has it.</summary>
internal static class ModelConfigs
{
    private static readonly EnumDescriptor Types = Messages.InferenceReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(Messages.DataType));
    private static readonly EnumDescriptor Kinds = Messages.ModelInstanceGroup.Descriptor.FindDescriptor<EnumDescriptor>("Kind");
    private static readonly EnumDescriptor Actions = Messages.ModelQueuePolicy.Descriptor.FindDescriptor<EnumDescriptor>("TimeoutAction");

    /// <summary>The message of a configuration.</summary>
    public static Messages.ModelConfig Of(ModelConfig config) => new()
    {
        Name = config.Name,
        Platform = config.Platform,
        Backend = config.Backend,
        MaxBatchSize = config.MaxBatchSize,
        Input = { config.Input.Select(static input => new Messages.ModelInput { Name = input.Name, DataType = (Messages.DataType)Number(Types, input.DataType), Dims = { input.Dims } }) },
        Output = { config.Output.Select(static output => new Messages.ModelOutput { Name = output.Name, DataType = (Messages.DataType)Number(Types, output.DataType), Dims = { output.Dims } }) },
        InstanceGroup = { config.InstanceGroup.Select(Of) },
        DynamicBatching = Of(config.DynamicBatching),
        DefaultModelFilename = config.DefaultModelFilename,
    };

    private static Messages.ModelInstanceGroup Of(ConfigInstances group) => new()
    {
        Name = group.Name,
        Count = group.Count,
        Gpus = { group.Gpus },
        Kind = (Messages.ModelInstanceGroup.Types.Kind)Number(Kinds, group.Kind),
    };

    private static Messages.ModelDynamicBatching Of(ConfigBatching batching) => new()
    {
        PreferredBatchSize = { batching.PreferredBatchSize },
        MaxQueueDelayMicroseconds = (ulong)batching.MaxQueueDelayMicroseconds,
        DefaultQueuePolicy = new()
        {
            TimeoutAction = (Messages.ModelQueuePolicy.Types.TimeoutAction)Number(Actions, batching.DefaultQueuePolicy.TimeoutAction),
            DefaultTimeoutMicroseconds = (ulong)batching.DefaultQueuePolicy.DefaultTimeoutMicroseconds,
            AllowTimeoutOverride = batching.DefaultQueuePolicy.AllowTimeoutOverride,
            MaxQueueSize = (uint)batching.DefaultQueuePolicy.MaxQueueSize,
        },
    };

    private static int Number(EnumDescriptor words, string word) => words.FindValueByName(word)?.Number ?? throw new ArgumentOutOfRangeException(nameof(word), word, $"{words.Name} has no such word.");
}
