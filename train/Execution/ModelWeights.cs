using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>A graph's weights as tensors on a device, by name: parameters that gradients update, and buffers that batch norms update. Disposing frees them.</summary>
public sealed class ModelWeights : IDisposable
{
    private readonly OrderedDictionary<string, Tensor> _parameters = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, Tensor> _buffers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _frozen = new(StringComparer.Ordinal);

    /// <summary>Copies a graph's initializers to a device.</summary>
    public ModelWeights(Graph graph, Device device, ComputeMode mode)
    {
        (Device, Mode) = (device, mode);
        var buffers = graph.Buffers();
        using var scope = NewDisposeScope();
        foreach (var (name, data) in graph.Initializers)
        {
            var trained = data.Type.IsFloat() && !buffers.Contains(name);
            var tensor = mode.Arrange(data.ToTensor().to(device)).DetachFromDisposeScope();
            (trained ? _parameters : _buffers).Add(name, trained ? tensor.requires_grad_() : tensor);
        }
    }

    /// <summary>Where the tensors are.</summary>
    public Device Device { get; }

    /// <summary>How a step computes with them.</summary>
    public ComputeMode Mode { get; }

    /// <summary>The parameters that no optimiser may change; none at first.</summary>
    public IReadOnlySet<string> Frozen => _frozen;

    /// <summary>The tensors that gradients update, in the graph's order, frozen ones included.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>The tensors that are not trained: running statistics.</summary>
    public IReadOnlyDictionary<string, Tensor> Buffers => _buffers;

    /// <summary>The tensor of an initializer.</summary>
    public Tensor this[string name] => _parameters.TryGetValue(name, out var parameter) ? parameter : _buffers[name];

    /// <summary>Whether the name is one of an initializer.</summary>
    public bool Contains(string name) => _parameters.ContainsKey(name) || _buffers.ContainsKey(name);

    /// <summary>Whether a parameter is frozen.</summary>
    public bool IsFrozen(string name) => _frozen.Contains(name);

    /// <summary>
    /// Freezes exactly these parameters and no others. A batch normalisation whose scale is frozen keeps its statistics and normalises with them.
    /// </summary>
    /// <param name="names">Names of <see cref="Parameters"/>.</param>
    /// <param name="keepGradients">
    /// False turns <c>requires_grad</c> off, so that nothing is computed for them; true leaves it on, and the optimiser has to leave them out. These are
    /// the notes' two ways to freeze.
    /// </param>
    public void Freeze(IReadOnlySet<string> names, bool keepGradients = false)
    {
        _frozen.Clear();
        _frozen.UnionWith(names);
        foreach (var (name, parameter) in _parameters)
        {
            parameter.requires_grad = keepGradients || !names.Contains(name);
        }
    }

    /// <summary>The values as they are whenever one is read: to be written somewhere before the next step changes them.</summary>
    public IReadOnlyDictionary<string, TensorData> Current() =>
        _parameters.Concat(_buffers).ToDictionary(static p => p.Key, static p => p.Value.ToCurrentData(), StringComparer.Ordinal);

    /// <summary>A copy of all values.</summary>
    public IReadOnlyDictionary<string, TensorData> Snapshot() => _parameters.Concat(_buffers)
        .ToDictionary(static p => p.Key, static p => p.Value.ToTensorData(), StringComparer.Ordinal);

    /// <summary>Puts values back that <see cref="Snapshot"/> took.</summary>
    public void Restore(IReadOnlyDictionary<string, TensorData> values)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in _parameters.Concat(_buffers))
        {
            tensor.copy_(Mode.Arrange(values[name].ToTensor().to(tensor.device)));
        }
    }

    /// <summary>Checks that every initializer of a graph is here with its shape.</summary>
    /// <exception cref="ToolchainException">Some are not; the message lists them (<see cref="ErrorKind.BadInput"/>).</exception>
    public void RequireFit(Graph graph)
    {
        string[] problems = [.. graph.Initializers
            .Where(p => !Contains(p.Key) || !this[p.Key].shape.SequenceEqual(p.Value.Dimensions))
            .Select(p => Contains(p.Key) ? $"{p.Key} is [{string.Join(", ", this[p.Key].shape)}] and would have to be {p.Value.Dimensions}" : $"{p.Key} is missing")];
        if (problems.Length > 0)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The weights do not fit graph '{graph.Name}': {string.Join("; ", problems.Take(5))}{(problems.Length > 5 ? $"; and {problems.Length - 5} more" : "")}.");
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var (_, tensor) in _parameters.Concat(_buffers))
        {
            tensor.Dispose();
        }
    }
}
