using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Losses;

/// <summary>
/// What training makes small: one number for a network's output and what it should have been. A new one is a small class that overrides
/// <see cref="Name"/>, <see cref="Tasks"/> and <see cref="Compute"/> in operations that have gradients, and a line in <see cref="LossCatalog.Kinds"/>
/// that gives it a name on the command line. Disposing frees what it keeps on the device.
/// </summary>
public abstract class Loss : IDisposable
{
    /// <summary>The value of a pixel that counts nowhere, in 8-bit masks.</summary>
    public const long IgnoredPixel = Data.MaskTargets.Ignored;

    /// <summary>PyTorch's number for a target that counts nowhere.</summary>
    public const long IgnoredIndex = -100;

    /// <summary>The name, as recipes have it.</summary>
    public abstract string Name { get; }

    /// <summary>The tasks that it is for.</summary>
    public abstract IReadOnlyList<ModelTask> Tasks { get; }

    /// <summary>The mean over the batch.</summary>
    /// <param name="output">The network's output, <c>float32</c>: <c>[N, K]</c>, <c>[N, K, H, W]</c> for a segmentation, or <c>[N, V]</c> for a regression.</param>
    /// <param name="target">
    /// Class numbers <c>int64 [N]</c>, or <c>[N, H, W]</c> where 255 and −100 count nowhere; soft targets <c>float32</c> of the output's shape, which
    /// sum to 1 over the classes; or values <c>float32 [N, V]</c>.
    /// </param>
    /// <returns>A <c>float32</c> scalar with a gradient to <paramref name="output"/>; the current dispose scope owns it. NaN where no target counts.</returns>
    /// <exception cref="ToolchainException">The shapes do not belong together (<see cref="ErrorKind.BadInput"/>).</exception>
    public abstract Tensor Compute(Tensor output, Tensor target);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the loss keeps on the device; nothing by default.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Whether the targets are shares of classes rather than class numbers.</summary>
    protected static bool IsSoft(Tensor target) => target.is_floating_point();

    /// <summary>Class numbers in which masks' ignored pixels have PyTorch's number; those of whole images as they are.</summary>
    protected static Tensor WithIgnoredIndex(Tensor target) => target.ndim > 1 ? target.masked_fill(target.eq(IgnoredPixel), IgnoredIndex) : target;

    /// <summary>Refuses targets of another shape, which arithmetic would broadcast without a word.</summary>
    protected void RequireSameShape(Tensor output, Tensor target)
    {
        if (!output.shape.AsSpan().SequenceEqual(target.shape))
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Loss {Name}: the network's output is [{string.Join(", ", output.shape)}], but its targets are [{string.Join(", ", target.shape)}]. Give both the same shape: one target for every output.");
        }
    }
}
