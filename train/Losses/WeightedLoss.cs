using Toolchain.Graphs;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Losses;

/// <summary>A loss over classes that may have one weight per class.</summary>
/// <param name="classWeights">The weights; empty for none.</param>
public abstract class WeightedLoss(EquatableArray<float> classWeights) : Loss
{
    private Tensor? _weights;

    /// <inheritdoc/>
    public override IReadOnlyList<ModelTask> Tasks => [ModelTask.Classification, ModelTask.Segmentation];

    /// <summary>The weights on a device, <c>float32 [K]</c>, or null for none; the loss disposes them.</summary>
    protected Tensor? WeightsOn(Device device)
    {
        if (classWeights.IsEmpty)
        {
            return null;
        }

        if (_weights is null || _weights.device.type != device.type || _weights.device.index != device.index)
        {
            using var scope = NewDisposeScope();
            _weights?.Dispose();
            _weights = TensorData.Of(classWeights.AsSpan()).ToTensor().to(device).DetachFromDisposeScope();
        }

        return _weights;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _weights?.Dispose();
        _weights = null;
    }
}
