using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Keeps the wrongly classified images with the highest losses; of equal ones those that come first.</summary>
/// <param name="capacity">How many; 0 for none, at no cost.</param>
public sealed class WorstMistakes(int capacity)
{
    // The least bad one is on top, to be replaced.
    private readonly PriorityQueue<Mistake, (double Loss, int Earlier)> _worst = new();

    /// <summary>Adds a batch.</summary>
    /// <param name="logProbabilities"><c>float32 [N, K]</c>.</param>
    /// <param name="labels"><c>int64 [N]</c>.</param>
    /// <param name="indices">The images' indices in the data set, N of them.</param>
    public void Add(Tensor logProbabilities, Tensor labels, ReadOnlySpan<int> indices)
    {
        if (capacity == 0)
        {
            return;
        }

        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var predicted = logProbabilities.argmax(1);
        var loss = logProbabilities.gather(1, labels.unsqueeze(1)).squeeze(1).neg().masked_fill(predicted.eq(labels), -1);
        var (values, rows) = loss.topk(Math.Min(capacity, indices.Length));
        var (losses, at) = (Floats(values), Longs(rows));
        var (truth, guess) = (Longs(labels.index_select(0, rows)), Longs(predicted.index_select(0, rows)));
        var probability = Floats(logProbabilities.index_select(0, rows).exp().amax([1L]));
        for (var i = 0; i < losses.Length && !(losses[i] < 0); i++)
        {
            var mistake = new Mistake(indices[(int)at[i]], (int)truth[i], (int)guess[i], probability[i], float.IsNaN(losses[i]) ? double.PositiveInfinity : losses[i]);
            _worst.Enqueue(mistake, (mistake.Loss, -mistake.Index));
            if (_worst.Count > capacity)
            {
                _worst.Dequeue();
            }
        }
    }

    /// <summary>The mistakes so far, the highest loss first.</summary>
    public EquatableArray<Mistake> Found() => _worst.UnorderedItems.OrderByDescending(static item => item.Priority).Select(static item => item.Element).ToEquatableArray();

    private static float[] Floats(Tensor tensor) => tensor.ToTensorData().Values<float>().ToArray();

    private static long[] Longs(Tensor tensor) => tensor.ToTensorData().Values<long>().ToArray();
}
