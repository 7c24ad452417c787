using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>
/// The average of the weights that a recipe asks for, if any: an exponential one after every step, or the plain mean of epochs. Disposing frees it.
/// </summary>
/// <param name="recipe">The recipe.</param>
/// <param name="weights">The weights that are trained.</param>
internal sealed class Averaging(TrainingRecipe recipe, ModelWeights weights) : IDisposable
{
    private readonly ExponentialAverage? _ema = recipe.Ema is { } decay ? new(weights.Parameters, weights.Buffers, decay) : null;
    private readonly StochasticWeightAverage? _swa = recipe.Swa is null ? null : new(weights.Parameters, weights.Buffers);

    /// <summary>The average of every parameter and buffer, as it is whenever it is read; empty without one.</summary>
    public IReadOnlyDictionary<string, TensorData> Current => Average is { } average
        ? average.Values.ToDictionary(static v => v.Key, static v => v.Value.ToCurrentData(), StringComparer.Ordinal)
        : new Dictionary<string, TensorData>();

    /// <summary>How many updates the average comes from; 0 without one.</summary>
    public long Updates => Average?.Updates ?? 0;

    private WeightAverage? Average => (WeightAverage?)_ema ?? _swa;

    /// <summary>Puts back what <see cref="Current"/> and <see cref="Updates"/> were.</summary>
    /// <exception cref="ToolchainException">They are of another network (<see cref="ErrorKind.BadInput"/>).</exception>
    public void Restore(IReadOnlyDictionary<string, TensorData> average, long updates) => Average?.Restore(average, updates);

    /// <summary>Takes the weights after a step into the average.</summary>
    public void StepEnded() => _ema?.Update();

    /// <summary>Takes the weights after an epoch into the average.</summary>
    public void EpochEnded(int epoch)
    {
        if (epoch >= recipe.Swa)
        {
            _swa!.Update();
        }
    }

    /// <summary>Whether the network that an epoch shows is the mean of epochs, which replaces all that came before.</summary>
    public bool ReplacesAt(bool isLast) => isLast && _swa is { Updates: > 0 };

    /// <summary>
    /// Puts the average into the network until the result is disposed: the exponential one after every epoch, the mean of epochs after the last one, with
    /// batch-norm statistics measured afresh on the training samples.
    /// </summary>
    public IDisposable? Show(TrainingPhase phase, bool isLast, CancellationToken cancellation)
    {
        if (ReplacesAt(isLast))
        {
            var shown = new Shown(_swa!);
            Measure(phase, cancellation);
            return shown;
        }

        return _ema is null ? null : new Shown(_ema);
    }

    /// <inheritdoc/>
    public void Dispose() => Average?.Dispose();

    private static void Measure(TrainingPhase phase, CancellationToken cancellation)
    {
        using var statistics = new BatchStatistics(phase.Graph, phase.Network.Weights);
        if (statistics.IsEmpty)
        {
            return;
        }

        phase.Network.Training = true;
        foreach (var batch in phase.Training.Epoch(0, cancellation))
        {
            using (batch)
            {
                statistics.Measure(() => phase.Network.Forward(phase.Feeder.Load(batch).Inputs));
            }
        }

        statistics.Apply();
    }

    private sealed class Shown : IDisposable
    {
        private readonly WeightAverage _average;

        public Shown(WeightAverage average)
        {
            _average = average;
            average.Swap();
        }

        public void Dispose() => _average.Swap();
    }
}
