using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Adds up what a <see cref="RegressionReport"/> needs, batch by batch, on the device. Disposing frees the sums.</summary>
public sealed class RegressionMeter : IDisposable
{
    private readonly DeviceSum _sums = new();
    private Tensor? _origin;
    private long _images;

    /// <summary>Adds a batch.</summary>
    /// <param name="output">Estimates, <c>float32 [N, V]</c>.</param>
    /// <param name="target">What they should be, of the same shape.</param>
    /// <exception cref="ToolchainException">The shapes differ (<see cref="ErrorKind.BadInput"/>).</exception>
    public void Add(Tensor output, Tensor target)
    {
        if (!output.shape.AsSpan().SequenceEqual(target.shape) || output.ndim != 2)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Estimates are [{string.Join(", ", output.shape)}] and their targets [{string.Join(", ", target.shape)}]; both must be [N, values].");
        }

        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var truth = target.to(ScalarType.Float64);

        // Squares are taken around a value near the mean: around 0, they would lose the digits that R² is about.
        _origin ??= truth.mean([0L]).DetachFromDisposeScope();
        var error = output.to(ScalarType.Float64).sub(truth);
        var offset = truth.sub(_origin);
        _sums.Add(stack([error.mul(error).sum(0L), error.abs().sum(0L), offset.sum(0L), offset.mul(offset).sum(0L)], 0));
        _images += output.shape[0];
    }

    /// <summary>The report on everything added so far.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public RegressionReport Report()
    {
        if (_images == 0)
        {
            throw new InvalidOperationException("No image was measured.");
        }

        var sums = _sums.Values;
        var columns = sums.Length / 4;
        return new(_images, Enumerable.Range(0, columns).Select(c =>
        {
            var (squared, absolute, offset, squaredOffset) = (sums[c], sums[columns + c], sums[(2 * columns) + c], sums[(3 * columns) + c]);
            var spread = squaredOffset - (offset * offset / _images);
            return new RegressionScore(squared / _images, absolute / _images, spread > 0 ? 1 - (squared / spread) : double.NaN);
        }).ToEquatableArray());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sums.Dispose();
        _origin?.Dispose();
        _origin = null;
    }
}
