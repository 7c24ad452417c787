using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>What decides the random choices of a forward pass, such as dropout's masks.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Number">The pass; every training pass of a run has a number of its own.</param>
public readonly record struct PassSeed(long Seed, long Number);

/// <summary>
/// Runs a graph on TorchSharp tensors, with gradients: one walk over the nodes, one method per operator. Values are freed as soon as nothing
/// needs them any more; what backward needs, autograd keeps.
/// </summary>
public sealed partial class GraphExecutor : IDisposable, IOperatorVisitor<GraphExecutor.Step, Tensor>
{
    private readonly Graph _graph;
    private readonly Step[] _steps;
    private readonly Dictionary<string, Tensor> _constants = new(StringComparer.Ordinal);
    private readonly ScalarType _computeType;
    private readonly bool _ownsWeights;

    // float16 on a CPU: values are rounded to float16, but computed in float32.
    private readonly bool _rounds;

    // Weights cast to the compute type, once per forward pass even when several nodes share them.
    private readonly Dictionary<string, Tensor> _casts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _values = new(StringComparer.Ordinal);

    // Values of nodes before this one have other owners: the caller, or a segment that is computed again.
    private int _firstOwn;

    /// <summary>Prepares a graph with weights of its own, which are moved to the device.</summary>
    /// <exception cref="ToolchainException">The graph has operators that cannot be trained, which the message names, or not exactly one input.</exception>
    public GraphExecutor(Graph graph, Device device, ComputeMode? mode = null)
        : this(Trainable(graph), new ModelWeights(graph, device, mode ?? ComputeMode.Default), ownsWeights: true)
    {
    }

    /// <summary>Prepares a graph over weights that exist already, by name: the same network at another image size, for example.</summary>
    /// <param name="graph">The graph; its initializers' values are not used.</param>
    /// <param name="weights">Weights of the same names and shapes; the caller disposes them.</param>
    /// <exception cref="ToolchainException">The graph cannot be trained, or a weight is missing or has another shape.</exception>
    public GraphExecutor(Graph graph, ModelWeights weights)
        : this(Trainable(graph), weights, ownsWeights: false) => weights.RequireFit(graph);

    private GraphExecutor(Graph graph, ModelWeights weights, bool ownsWeights)
    {
        (_graph, Weights, _ownsWeights) = (graph, weights, ownsWeights);
        _rounds = weights.Mode.Precision == Precision.Float16 && weights.Device.type == DeviceType.CPU;
        _computeType = weights.Mode.Precision switch
        {
            Precision.Float32 => ScalarType.Float32,
            Precision.BFloat16 => ScalarType.BFloat16,
            Precision.Float16 => ScalarType.Float16,
            var other => throw new ArgumentOutOfRangeException(nameof(weights), other, "Unknown precision."),
        };
        _steps = Plan(graph);
        using var scope = NewDisposeScope();
        foreach (var node in graph.Nodes)
        {
            if (node.Op is Constant constant)
            {
                _constants.Add(node.Outputs[0], constant.Value.ToTensor().to(Device).DetachFromDisposeScope());
            }
        }
    }

    /// <summary>The weights; the executor disposes them unless they were given to it.</summary>
    public ModelWeights Weights { get; }

    /// <summary>The walk.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Where it runs.</summary>
    public Device Device => Weights.Device;

    /// <summary>Whether batch norms use the batch's statistics (and update the running ones) and dropout drops; false at first.</summary>
    public bool Training { get; set; }

    /// <summary>Decides dropout's masks; to be set before every training pass.</summary>
    public PassSeed Pass { get; set; }

    /// <summary>
    /// Computes the graph's first output from its one input.
    /// </summary>
    /// <param name="input"><c>float32 [N, C, H, W]</c> on <see cref="Device"/>.</param>
    /// <param name="watched">Filled with the outputs of the nodes that its keys name; the current dispose scope owns them.</param>
    /// <returns>float32; the current dispose scope owns it.</returns>
    public Tensor Forward(Tensor input, IDictionary<string, Tensor>? watched = null)
    {
        try
        {
            _values[_graph.Inputs[0].Name] = input;

            // Nothing is written over while somebody looks at the values in between.
            _firstOwn = watched is null ? 0 : int.MaxValue;
            foreach (var step in _steps)
            {
                var value = Run(step);
                if (watched is not null && watched.ContainsKey(step.Node.Name))
                {
                    watched[step.Node.Name] = value.alias();
                }

                Release(step);
            }

            return Result();
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Frees constants, and the weights unless they were given to it.</summary>
    public void Dispose()
    {
        if (_ownsWeights)
        {
            Weights.Dispose();
        }

        foreach (var constant in _constants.Values)
        {
            constant.Dispose();
        }
    }

    private static Graph Trainable(Graph graph)
    {
        if (graph.Nodes.Where(static n => n.Op is Foreign).ToArray() is { Length: > 0 } foreign)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' cannot be trained: it has operators that the trainer does not know: {string.Join(", ", foreign.Select(static n => n.ToString()).Take(5))}{(foreign.Length > 5 ? $" and {foreign.Length - 5} more" : "")}. It can still be exported and served.");
        }

        return graph.Inputs.Count == 1
            ? graph
            : throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' cannot be trained: it has {graph.Inputs.Count} inputs ({string.Join(", ", graph.Inputs.Select(static i => i.Name))}), and training needs exactly one. It can still be exported and served.");
    }

    private Tensor Run(Step step)
    {
        if (Recorder is not { } recorder)
        {
            return _values[step.Output] = step.Node.Op.Accept(this, step);
        }

        var from = recorder.Now;
        var value = _values[step.Output] = step.Node.Op.Accept(this, step);
        recorder.Add(Part, from, step);
        return value;
    }

    private void Release(Step step)
    {
        foreach (var name in step.Last)
        {
            if (_values.Remove(name, out var value) && !ReferenceEquals(value, _values[step.Output]))
            {
                value.Dispose();
            }
        }
    }

    private Tensor Result()
    {
        var name = _graph.Outputs[0].Name;
        var result = _values.TryGetValue(name, out var value) ? value : Lookup(name).alias();
        return result.dtype == ScalarType.Float32 ? result : result.to(ScalarType.Float32);
    }

    private void Forget()
    {
        _values.Clear();
        _casts.Clear();
    }

    private Tensor Input(Step step, int index) => Lookup(step.Node.Inputs[index]);

    /// <summary>An input of the step that its result may be written over, or null.</summary>
    /// <param name="step">The step.</param>
    /// <param name="type">The result's type.</param>
    private (Tensor Value, int Index)? Spent(Step step, ScalarType type)
    {
        foreach (var (index, maker) in step.Spent)
        {
            if (maker >= _firstOwn && Input(step, index) is var value && value.dtype == type)
            {
                return (value, index);
            }
        }

        return null;
    }

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
            cast = _rounds ? Product(value) : value.to(_computeType);
            if (!_values.ContainsKey(name))
            {
                _casts.Add(name, cast);
            }
        }

        return cast;
    }

    private Tensor? OptionalComputeInput(Step step, int index) => step.Context.Has(index) ? ComputeInput(step, index) : null;
}
