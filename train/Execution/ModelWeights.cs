using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>A graph's weights as tensors on a device, by name: parameters that gradients update, and buffers that batch norms update. Disposing frees them.</summary>
public sealed class ModelWeights : IDisposable
{
    private readonly OrderedDictionary<string, Tensor> _parameters = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, Tensor> _buffers = new(StringComparer.Ordinal);
    private readonly ComputeMode _mode;

    /// <summary>Copies a graph's initializers to a device.</summary>
    public ModelWeights(Graph graph, Device device, ComputeMode mode)
    {
        _mode = mode;
        var buffers = graph.Buffers();
        using var scope = NewDisposeScope();
        foreach (var (name, data) in graph.Initializers)
        {
            var trained = data.Type.IsFloat() && !buffers.Contains(name);
            var tensor = mode.Arrange(data.ToTensor().to(device)).DetachFromDisposeScope();
            (trained ? _parameters : _buffers).Add(name, trained ? tensor.requires_grad_() : tensor);
        }
    }

    /// <summary>The tensors that gradients update, in the graph's order.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>The tensors that are not trained: running statistics.</summary>
    public IReadOnlyDictionary<string, Tensor> Buffers => _buffers;

    /// <summary>The tensor of an initializer.</summary>
    public Tensor this[string name] => _parameters.TryGetValue(name, out var parameter) ? parameter : _buffers[name];

    /// <summary>Whether the name is one of an initializer.</summary>
    public bool Contains(string name) => _parameters.ContainsKey(name) || _buffers.ContainsKey(name);

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
            tensor.copy_(_mode.Arrange(values[name].ToTensor().to(tensor.device)));
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
