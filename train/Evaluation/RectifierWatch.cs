using Toolchain.Graphs;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Knows which units of a network's ReLUs were ever above zero. Disposing frees the sums.</summary>
/// <param name="graph">The network's graph.</param>
internal sealed class RectifierWatch(Graph graph) : IDisposable
{
    private readonly OrderedDictionary<string, (DeviceSum Active, long Values)> _nodes = new(
        graph.Nodes.Where(static n => n is { Op: Relu, Name.Length: > 0 }).Select(static n => n.Name).Distinct()
            .Select(static name => KeyValuePair.Create(name, (new DeviceSum(), 0L))),
        StringComparer.Ordinal);

    /// <summary>The ReLUs that have units, in the network's order.</summary>
    public IEnumerable<RectifierUnits> Units => _nodes.Where(static n => n.Value.Values > 0).Select(static n =>
    {
        var active = n.Value.Active.Values;
        return new RectifierUnits(n.Key, active.Length, active.Count(static batches => batches == 0), n.Value.Values);
    });

    /// <summary>Computes a batch's output and looks at the ReLUs on the way.</summary>
    /// <returns>As <see cref="GraphExecutor.Forward"/> does.</returns>
    public Tensor Forward(GraphExecutor network, Tensor inputs)
    {
        using var scope = NewDisposeScope();
        var values = _nodes.Keys.ToDictionary(static name => name, Tensor (_) => null!, StringComparer.Ordinal);
        var output = network.Forward(inputs, values);
        foreach (var (name, value) in values)
        {
            Add(name, value);
        }

        return output.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (active, _) in _nodes.Values)
        {
            active.Dispose();
        }
    }

    // Channels are dimension 1 of images, features the last dimension of everything else.
    private void Add(string name, Tensor value)
    {
        if (value.ndim < 2)
        {
            return;
        }

        var units = value.ndim == 4 ? 1 : (int)value.ndim - 1;
        long[] others = [.. Enumerable.Range(0, (int)value.ndim).Where(d => d != units).Select(static d => (long)d)];
        var (active, values) = _nodes[name];
        active.Add(value.amax(others).gt(0).to(ScalarType.Float64));
        _nodes[name] = (active, values + (value.numel() / value.shape[units]));
    }
}
