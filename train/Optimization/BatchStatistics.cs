using Toolchain.Graphs;
using Toolchain.Train.Execution;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Measures the running statistics of batch norms afresh for weights that no training step has seen, such as an average, as
/// <c>torch.optim.swa_utils.update_bn</c>: the plain mean of each batch's mean and variance. Disposing frees what was measured.
/// </summary>
public sealed class BatchStatistics : IDisposable
{
    private readonly IReadOnlyList<(Tensor Running, Tensor Sum, double Momentum)> _statistics;
    private long _batches;

    /// <summary>Statistics of a graph's batch norms; frozen ones keep theirs.</summary>
    /// <param name="graph">The graph that the weights belong to.</param>
    /// <param name="weights">The network's weights, whose buffers <see cref="Apply"/> replaces.</param>
    public BatchStatistics(Graph graph, ModelWeights weights) => _statistics =
    [
        .. graph.Nodes.Where(n => n.Op is BatchNormalization && !weights.IsFrozen(n.Inputs[1]))
            .SelectMany(static n => n.Inputs.Skip(3).Take(2).Select(name => (Name: name, Momentum: 1 - (double)((BatchNormalization)n.Op).Momentum)))
            .DistinctBy(static s => s.Name)
            .Select(s => (weights[s.Name], zeros_like(weights[s.Name]).DetachFromDisposeScope(), s.Momentum)),
    ];

    /// <summary>Whether the graph has none, so that there is nothing to measure.</summary>
    public bool IsEmpty => _statistics.Count == 0;

    /// <summary>Adds the statistics of one batch.</summary>
    /// <param name="forward">Runs the batch forward in training mode; without gradients.</param>
    public void Measure(Action forward)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (running, _, _) in _statistics)
        {
            running.fill_(0);
        }

        // From zero, the running value is the batch's times the momentum.
        forward();
        foreach (var (running, sum, momentum) in _statistics)
        {
            sum.add_(running, 1 / momentum);
        }

        _batches++;
    }

    /// <summary>Makes the mean of all batches the running statistics.</summary>
    /// <exception cref="InvalidOperationException">No batch was measured.</exception>
    public void Apply()
    {
        if (_batches == 0)
        {
            throw new InvalidOperationException("No batch was measured.");
        }

        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (running, sum, _) in _statistics)
        {
            running.copy_(sum.div(_batches));
        }
    }

    /// <summary>Frees what was measured.</summary>
    public void Dispose()
    {
        foreach (var (_, sum, _) in _statistics)
        {
            sum.Dispose();
        }
    }
}
