using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Adds up what a <see cref="ClassificationReport"/> needs, batch by batch, on the device. Disposing frees the sums.</summary>
/// <param name="topK">The k of each top-k accuracy.</param>
/// <param name="confusion">Whether to count each pair of true and predicted class.</param>
public sealed class ClassificationMeter(EquatableArray<int> topK = default, bool confusion = false) : IDisposable
{
    private readonly DeviceSum _losses = new();
    private readonly DeviceSum _topHits = new();
    private readonly DeviceSum _classes = new();
    private readonly DeviceSum _bins = new();
    private readonly DeviceSum _pairs = new();
    private long _images;

    /// <summary>Adds a batch.</summary>
    /// <param name="logProbabilities">Log-probabilities of the classes, <c>float32 [N, K]</c>.</param>
    /// <param name="labels">The true classes, <c>int64 [N]</c>.</param>
    /// <exception cref="ToolchainException">A top-k that K classes do not have (<see cref="ErrorKind.Usage"/>).</exception>
    public void Add(Tensor logProbabilities, Tensor labels)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var classes = logProbabilities.shape[1];
        var predicted = logProbabilities.argmax(1);
        var hit = predicted.eq(labels);
        _images += labels.shape[0];
        _losses.Add(Losses(logProbabilities, labels));
        _classes.Add(stack([Count(labels.masked_select(hit), classes), Count(predicted, classes), Count(labels, classes)], 0));
        _bins.Add(Reliability(logProbabilities, hit));
        if (!topK.IsEmpty)
        {
            _topHits.Add(stack(topK.Select(k => TopHits(logProbabilities, labels, k)), 0));
        }

        if (confusion)
        {
            _pairs.Add(Count(labels.mul(classes).add(predicted), classes * classes));
        }
    }

    /// <summary>The report on everything added so far.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public ClassificationReport Report()
    {
        if (_images == 0)
        {
            throw new InvalidOperationException("No image was measured.");
        }

        var (losses, topHits, counts) = (_losses.Values, _topHits.Values, _classes.Values);
        var classes = counts.Length / 3;
        return new(
            _images,
            losses[0] / _images,
            counts[..classes].Sum() / _images,
            topK.Zip(topHits, (k, hits) => new TopAccuracy(k, hits / _images)).ToEquatableArray(),
            Enumerable.Range(0, classes).Select(c => new ClassScore(c, (long)counts[(2 * classes) + c], (long)counts[classes + c], (long)counts[c])).ToEquatableArray(),
            Calibration.Of(_bins.Values, losses[1] / _images),
            confusion ? new(classes, _pairs.Values.Select(static v => (long)v).ToEquatableArray()) : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sum in (DeviceSum[])[_losses, _topHits, _classes, _bins, _pairs])
        {
            sum.Dispose();
        }
    }

    // The negative log-likelihood, and the Brier score: the squared distance to the one-hot label, Σp² − 2p[y] + 1.
    private static Tensor Losses(Tensor logProbabilities, Tensor labels)
    {
        var logTrue = logProbabilities.gather(1, labels.unsqueeze(1)).squeeze(1).to(ScalarType.Float64);
        var squares = logProbabilities.to(ScalarType.Float64).mul(2).exp().sum(1L);
        return stack([logTrue.neg().sum(), squares.sub(logTrue.exp().mul(2)).add(1).sum()], 0);
    }

    private static Tensor TopHits(Tensor logProbabilities, Tensor labels, int k)
    {
        if (k < 1 || k > logProbabilities.shape[1])
        {
            throw new ToolchainException(ErrorKind.Usage, $"There is no top-{k} of {logProbabilities.shape[1]} classes.");
        }

        var (_, best) = logProbabilities.topk(k);
        return best.eq(labels.unsqueeze(1)).sum();
    }

    // Images, confidences and hits in each bin; a confidence of exactly m/M belongs to the bin that ends there.
    private static Tensor Reliability(Tensor logProbabilities, Tensor hit)
    {
        var confidence = logProbabilities.amax([1L]).to(ScalarType.Float64).exp();
        var bin = confidence.mul(Calibration.BinCount).ceil().to(ScalarType.Int64).sub(1).clamp(0, Calibration.BinCount - 1);
        return stack(
            [
                bin.bincount(null, Calibration.BinCount).to(ScalarType.Float64),
                bin.bincount(confidence, Calibration.BinCount),
                bin.bincount(hit.to(ScalarType.Float64), Calibration.BinCount),
            ],
            0);
    }

    private static Tensor Count(Tensor classes, long length) => classes.bincount(null, length);
}
