using Toolchain.Train.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Adds up what a <see cref="SegmentationReport"/> needs, batch by batch, on the device. Disposing frees the sums.</summary>
/// <param name="form">What the network's graph ends in; logits by default.</param>
public sealed class SegmentationMeter(OutputForm form = OutputForm.Logits) : IDisposable
{
    private readonly DeviceSum _pairs = new();
    private readonly DeviceSum _loss = new();
    private long _images;

    /// <summary>Adds a batch.</summary>
    /// <param name="output">The network's output, <c>float32 [N, K, H, W]</c>; a single logit per pixel is two classes.</param>
    /// <param name="target">Class numbers, <c>int64 [N, H, W]</c>; 255 and −100 count nowhere.</param>
    public void Add(Tensor output, Tensor target)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var log = ClassScores.LogProbabilities(output, form);
        var classes = log.shape[1];
        var counted = target.ge(0).logical_and(target.ne(Losses.Loss.IgnoredPixel));
        var truth = target.masked_select(counted);
        var predicted = log.argmax(1).masked_select(counted);
        _pairs.Add(truth.mul(classes).add(predicted).bincount(null, classes * classes));
        _loss.Add(log.gather(1, target.clamp(0, classes - 1).unsqueeze(1)).squeeze(1).masked_select(counted).to(ScalarType.Float64).sum().neg());
        _images += output.shape[0];
    }

    /// <summary>The report on everything added so far.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public SegmentationReport Report()
    {
        if (_images == 0)
        {
            throw new InvalidOperationException("No image was measured.");
        }

        var pairs = _pairs.Values.Select(static v => (long)v).ToEquatableArray();
        return new(_images, _loss.Values[0] / pairs.Sum(), new((int)Math.Sqrt(pairs.Count), pairs));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pairs.Dispose();
        _loss.Dispose();
    }
}
