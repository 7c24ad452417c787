namespace Toolchain.Data;

/// <summary>The memory of one full batch, pinned, and room to work in; what the data set has no use for is null.</summary>
internal sealed class BatchBuffers(Dataset dataset, int batchSize)
{
    public byte[]? Pixels { get; } = dataset.Inputs is ImageInputs images ? Allocate<byte>(batchSize, images.SampleLength) : null;

    public float[]? Numbers { get; } = dataset.Inputs is TableInputs table ? Allocate<float>(batchSize, table.SampleLength) : null;

    public long[]? Labels { get; } = dataset.Targets switch
    {
        ClassTargets => Allocate<long>(batchSize, 1),
        MaskTargets masks => Allocate<long>(batchSize, masks.MaskLength),
        _ => null,
    };

    public float[]? Values { get; } = dataset.Targets is ValueTargets values ? Allocate<float>(batchSize, values.Names.Length) : null;

    /// <summary>One image.</summary>
    public byte[] Scratch { get; } = new byte[dataset.Inputs is ImageInputs images ? images.SampleLength : 0];

    /// <summary>One mask.</summary>
    public byte[] Mask { get; } = new byte[dataset.Targets is MaskTargets masks ? masks.MaskLength : 0];

    private static T[] Allocate<T>(int samples, int length) => GC.AllocateUninitializedArray<T>(checked(samples * length), pinned: true);
}
