using Toolchain.Train.Loop.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>Mean loss, and for classes accuracy, over some samples.</summary>
/// <param name="Images">Samples that were measured.</param>
/// <param name="Loss">The mean loss per sample.</param>
/// <param name="Accuracy">The share of samples, in segmentation of pixels, whose highest logit is the true class, 0..1; null in regression.</param>
public readonly record struct SplitScore(long Images, double Loss, double? Accuracy)
{
    /// <summary>What is better when it is higher: the accuracy, or, without one, the negative loss.</summary>
    public double Merit => Accuracy ?? -Loss;
}

/// <summary>
/// Adds up losses and hits. On the CPU every step is looked at when it happens; on a GPU, where looking waits for the device, a few steps at a time.
/// </summary>
/// <param name="task">What the outputs are.</param>
/// <param name="device">Where the steps are computed.</param>
/// <param name="requireFinite">Whether a loss that is not a number is an error, as it is while training, or just makes the mean one.</param>
internal sealed class EpochMeter(ModelTask task, DeviceType device, bool requireFinite) : IDisposable
{
    private const int StepsBetweenLooks = 20;

    private readonly List<Pending> _pending = [];
    private double _loss;
    private long _hits;
    private long _judged;

    /// <summary>Samples added so far.</summary>
    public long Images { get; private set; }

    /// <summary>The mean loss of the last step that was looked at.</summary>
    public double LastLoss { get; private set; }

    /// <summary>The score so far.</summary>
    public SplitScore Score => new(Images, _loss / Math.Max(1, Images), task == ModelTask.Regression ? null : (double)_hits / Math.Max(1, _judged));

    /// <summary>The sums, for checkpoints; reading them looks at every step first.</summary>
    public MeterState State
    {
        get
        {
            Look();
            return new(_loss, _hits, _judged, Images, LastLoss);
        }
        init => (_loss, _hits, _judged, Images, LastLoss) = value;
    }

    /// <summary>Adds a step's mean loss and its output.</summary>
    /// <param name="step">The step, for messages.</param>
    /// <param name="loss">The mean loss, a scalar.</param>
    /// <param name="output">The network's output.</param>
    /// <param name="truth">The true classes, masks or values.</param>
    /// <exception cref="DivergedException">A loss is not a number or infinite, and must not be.</exception>
    public void Add(long step, Tensor loss, Tensor output, Tensor truth)
    {
        using var frozen = no_grad();
        var (hits, judged) = Hits(output, truth);
        _pending.Add(new(step, (int)truth.shape[0], loss.detach().DetachFromDisposeScope(), hits?.DetachFromDisposeScope(), judged?.DetachFromDisposeScope()));
        if (device == DeviceType.CPU || _pending.Count >= StepsBetweenLooks)
        {
            Look();
        }
    }

    /// <summary>Reads what has not been looked at.</summary>
    public void Look()
    {
        foreach (var pending in _pending)
        {
            LastLoss = pending.Loss.item<float>();
            if (requireFinite && !double.IsFinite(LastLoss))
            {
                throw new DivergedException(pending.Step, LastLoss);
            }

            _loss += LastLoss * pending.Images;
            _hits += pending.Hits?.item<long>() ?? 0;
            _judged += pending.Judged?.item<long>() ?? pending.Images;
            Images += pending.Images;
        }

        Dispose();
    }

    /// <summary>Frees what has not been looked at.</summary>
    public void Dispose()
    {
        foreach (var pending in _pending)
        {
            pending.Loss.Dispose();
            pending.Hits?.Dispose();
            pending.Judged?.Dispose();
        }

        _pending.Clear();
    }

    private (Tensor? Hits, Tensor? Judged) Hits(Tensor output, Tensor truth) => task switch
    {
        ModelTask.Classification => (output.argmax(1).eq(truth).sum(), null),
        ModelTask.Segmentation => (output.argmax(1).eq(truth).sum(), truth.ne(Losses.Loss.IgnoredPixel).sum()),
        ModelTask.Regression => (null, null),
        _ => throw new InvalidOperationException($"Unknown task {task}."),
    };

    private sealed record Pending(long Step, int Images, Tensor Loss, Tensor? Hits, Tensor? Judged);
}

/// <summary>The loss stopped being a number.</summary>
internal sealed class DivergedException(long step, double loss) : Exception($"loss {loss} at step {step}")
{
    /// <summary>The step, from 1.</summary>
    public long Step { get; } = step;

    /// <summary>The loss: NaN or infinite.</summary>
    public double Loss { get; } = loss;
}
