using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Adds up tensors of one shape in float64, on the device that they are on: nothing waits for it before the end. Counts are exact up to 2⁵³. Disposing frees the sum.</summary>
internal sealed class DeviceSum : IDisposable
{
    private Tensor? _total;

    /// <summary>The sums, in row-major order; empty when nothing was added.</summary>
    public double[] Values => _total is null ? [] : _total.ToTensorData().Values<double>().ToArray();

    /// <summary>Adds a tensor.</summary>
    public void Add(Tensor values)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var more = values.detach().to(ScalarType.Float64);
        var sum = (_total is null ? more.clone() : _total.add(more)).DetachFromDisposeScope();
        _total?.Dispose();
        _total = sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _total?.Dispose();
        _total = null;
    }
}
