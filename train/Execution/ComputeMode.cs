using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>The number format of convolutions and matrix products; everything else stays float32.</summary>
public enum Precision
{
    /// <summary>IEEE single precision throughout.</summary>
    Float32,

    /// <summary>Convolutions and matrix products in bfloat16 with float32 master weights; float32 statistics, softmax and loss.</summary>
    BFloat16,

    /// <summary>
    /// The same in float16 (notes: Float16 training); its small range needs loss scaling. libtorch has no float16 convolutions for CPUs: there,
    /// operands, results and their gradients are rounded to float16 and computed in float32, which is right but slow.
    /// </summary>
    Float16,
}

/// <summary>The order of an image's values in memory; shapes are [N, C, H, W] either way.</summary>
public enum MemoryLayout
{
    /// <summary>Row-major [N, C, H, W].</summary>
    Contiguous,

    /// <summary>Channels innermost, [N, H, W, C] in memory: what vectorised convolutions like best.</summary>
    ChannelsLast,
}

/// <summary>How a training step computes.</summary>
public sealed record ComputeMode(Precision Precision, MemoryLayout Layout)
{
    /// <summary>float32, row-major: what PyTorch does by default.</summary>
    public static ComputeMode Default { get; } = new(Precision.Float32, MemoryLayout.Contiguous);

    /// <summary>The mode as options write it: <c>bfloat16 channels_last</c>.</summary>
    public override string ToString() => $"{Text(Precision)} {Text(Layout)}";

    /// <summary>The word for a precision.</summary>
    public static string Text(Precision precision) => precision switch
    {
        Precision.Float32 => "float32",
        Precision.BFloat16 => "bfloat16",
        Precision.Float16 => "float16",
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Unknown precision."),
    };

    /// <summary>The word for a layout.</summary>
    public static string Text(MemoryLayout layout) => layout switch
    {
        MemoryLayout.Contiguous => "contiguous",
        MemoryLayout.ChannelsLast => "channels_last",
        _ => throw new ArgumentOutOfRangeException(nameof(layout), layout, "Unknown layout."),
    };

    /// <summary>
    /// A [N, C, H, W] tensor in this mode's memory layout; other ranks are returned contiguous. TorchSharp has no memory-format argument, but a
    /// contiguous copy in [N, H, W, C] order, seen through the inverse permutation, is what libtorch calls channels_last.
    /// </summary>
    internal Tensor Arrange(Tensor tensor) => Layout == MemoryLayout.ChannelsLast && tensor.ndim == 4
        ? tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
        : tensor.contiguous();
}
