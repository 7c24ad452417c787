using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>Mean loss and accuracy over some images.</summary>
/// <param name="Images">Images that were measured.</param>
/// <param name="Loss">Mean cross-entropy per image, in nats.</param>
/// <param name="Accuracy">The share of images whose highest logit is the true class, 0..1.</param>
public readonly record struct SplitScore(long Images, double Loss, double Accuracy);

/// <summary>
/// Adds up losses and hits. On the CPU every step is looked at when it happens; on a GPU, where looking waits for the device, a few steps at a time.
/// </summary>
/// <param name="device">Where the steps are computed.</param>
/// <param name="requireFinite">Whether a loss that is not a number is an error, as it is while training, or just makes the mean one.</param>
internal sealed class EpochMeter(DeviceType device, bool requireFinite) : IDisposable
{
    private const int StepsBetweenLooks = 20;

    private readonly List<(long Step, int Images, Tensor Loss, Tensor Hits)> _pending = [];
    private double _loss;
    private long _hits;

    /// <summary>Images added so far.</summary>
    public long Images { get; private set; }

    /// <summary>The mean loss of the last step that was looked at.</summary>
    public double LastLoss { get; private set; }

    /// <summary>The score so far.</summary>
    public SplitScore Score => new(Images, _loss / Math.Max(1, Images), (double)_hits / Math.Max(1, Images));

    /// <summary>Adds a step's mean loss and logits.</summary>
    /// <exception cref="DivergedException">A loss is not a number or infinite, and must not be.</exception>
    public void Add(long step, Tensor loss, Tensor logits, Tensor labels)
    {
        using var frozen = no_grad();
        var hits = logits.argmax(1).eq(labels).sum();
        _pending.Add((step, (int)labels.shape[0], loss.detach().DetachFromDisposeScope(), hits.DetachFromDisposeScope()));
        if (device == DeviceType.CPU || _pending.Count >= StepsBetweenLooks)
        {
            Look();
        }
    }

    /// <summary>Reads what has not been looked at.</summary>
    public void Look()
    {
        foreach (var (step, images, loss, hits) in _pending)
        {
            LastLoss = loss.item<float>();
            if (requireFinite && !double.IsFinite(LastLoss))
            {
                throw new DivergedException(step, LastLoss);
            }

            _loss += LastLoss * images;
            _hits += hits.item<long>();
            Images += images;
        }

        Dispose();
    }

    /// <summary>Frees what has not been looked at.</summary>
    public void Dispose()
    {
        foreach (var (_, _, loss, hits) in _pending)
        {
            loss.Dispose();
            hits.Dispose();
        }

        _pending.Clear();
    }
}

/// <summary>The loss stopped being a number.</summary>
internal sealed class DivergedException(long step, double loss) : Exception($"loss {loss} at step {step}")
{
    /// <summary>The step, from 1.</summary>
    public long Step { get; } = step;

    /// <summary>The loss: NaN or infinite.</summary>
    public double Loss { get; } = loss;
}
