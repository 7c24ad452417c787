using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>
/// Runs a graph on TorchSharp tensors, with gradients: one walk over the nodes, one method per operator. Values are freed as soon as nothing
/// needs them any more; what backward needs, autograd keeps.
/// </summary>
public sealed partial class GraphExecutor : IDisposable, IOperatorVisitor<GraphExecutor.Step, Tensor>
{
    private readonly Graph _graph;
    private readonly Step[] _steps;
    private readonly Dictionary<string, Tensor> _constants = new(StringComparer.Ordinal);
    private readonly ComputeMode _mode;
    private readonly ScalarType _computeType;

    // Weights cast to the compute type, once per forward pass even when several nodes share them.
    private readonly Dictionary<string, Tensor> _casts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _values = new(StringComparer.Ordinal);

    /// <summary>Prepares a graph: infers its types, finds when each value is last needed, and moves weights and constants to the device.</summary>
    /// <exception cref="ToolchainException">The graph has operators that cannot be trained, which the message names, or not exactly one input.</exception>
    public GraphExecutor(Graph graph, Device device, ComputeMode? mode = null)
    {
        if (graph.Nodes.Where(static n => n.Op is Foreign).ToArray() is { Length: > 0 } foreign)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' cannot be trained: it has operators that the trainer does not know: {string.Join(", ", foreign.Select(static n => n.ToString()).Take(5))}{(foreign.Length > 5 ? $" and {foreign.Length - 5} more" : "")}. It can still be exported and served.");
        }

        if (graph.Inputs.Count != 1)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' cannot be trained: it has {graph.Inputs.Count} inputs ({string.Join(", ", graph.Inputs.Select(static i => i.Name))}), and training needs exactly one. It can still be exported and served.");
        }

        (_graph, Device, _mode) = (graph, device, mode ?? ComputeMode.Default);
        _computeType = _mode.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        _steps = Plan(graph);
        Weights = new(graph, device, _mode);
        using var scope = NewDisposeScope();
        foreach (var node in graph.Nodes)
        {
            if (node.Op is Constant constant)
            {
                _constants.Add(node.Outputs[0], constant.Value.ToTensor().to(device).DetachFromDisposeScope());
            }
        }
    }

    /// <summary>The weights; the executor disposes them.</summary>
    public ModelWeights Weights { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>Whether batch norms use the batch's statistics (and update the running ones) and dropout drops; false at first.</summary>
    public bool Training { get; set; }

    /// <summary>
    /// Computes the graph's first output from its one input.
    /// </summary>
    /// <param name="input"><c>float32 [N, C, H, W]</c> on <see cref="Device"/>.</param>
    /// <returns>float32; the current dispose scope owns it.</returns>
    public Tensor Forward(Tensor input)
    {
        try
        {
            _values[_graph.Inputs[0].Name] = input;
            foreach (var step in _steps)
            {
                _values[step.Output] = step.Node.Op.Accept(this, step);
                Release(step);
            }

            var result = _values[_graph.Outputs[0].Name];
            return result.dtype == ScalarType.Float32 ? result : result.to(ScalarType.Float32);
        }
        finally
        {
            _values.Clear();
            _casts.Clear();
        }
    }

    /// <summary>Frees weights and constants.</summary>
    public void Dispose()
    {
        Weights.Dispose();
        foreach (var constant in _constants.Values)
        {
            constant.Dispose();
        }
    }

    /// <summary>A node with what is known of it.</summary>
    /// <param name="Node">The node.</param>
    /// <param name="Context">Types and constants of its inputs.</param>
    /// <param name="Last">Values that no later node reads.</param>
    public sealed record Step(Node Node, NodeContext Context, EquatableArray<string> Last)
    {
        /// <summary>The name of the value that it makes.</summary>
        public string Output { get; } = Node.Outputs[0];
    }

    private static Step[] Plan(Graph graph)
    {
        var types = GraphTypes.Infer(graph);
        var lastReader = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
            {
                lastReader[input] = node;
            }
        }

        // Only what nodes compute is freed: the input is the caller's, weights and constants stay.
        var computed = graph.Nodes.Where(static n => n.Op is not Constant).Select(static n => n.Outputs[0]).ToHashSet(StringComparer.Ordinal);
        computed.ExceptWith(graph.Outputs.Select(static o => o.Name));
        return [.. graph.Nodes.Where(static n => n.Op is not Constant).Select(node => new Step(
            node, types.Of(node), node.Inputs.Where(i => computed.Contains(i) && lastReader[i] == node).Distinct().ToEquatableArray()))];
    }

    private void Release(Step step)
    {
        foreach (var name in step.Last)
        {
            _values.Remove(name, out var value);
            value?.Dispose();
        }
    }

    private Tensor Input(Step step, int index) => Lookup(step.Node.Inputs[index]);

    private Tensor Lookup(string name) =>
        _values.TryGetValue(name, out var value) ? value
        : _constants.TryGetValue(name, out var constant) ? constant
        : Weights[name];

    /// <summary>An input in the number format of convolutions and matrix products.</summary>
    private Tensor ComputeInput(Step step, int index)
    {
        var name = step.Node.Inputs[index];
        var value = Lookup(name);
        if (value.dtype == _computeType)
        {
            return value;
        }

        if (!_casts.TryGetValue(name, out var cast))
        {
            cast = value.to(_computeType);
            if (!_values.ContainsKey(name))
            {
                _casts.Add(name, cast);
            }
        }

        return cast;
    }

    private Tensor? OptionalComputeInput(Step step, int index) => step.Context.Has(index) ? ComputeInput(step, index) : null;
}
