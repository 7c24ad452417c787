using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>What an optimiser remembers of one parameter: tensors of the parameter's shape by their kind, and how often it was updated.</summary>
public sealed class ParameterState
{
    private readonly OrderedDictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>Updates of this parameter, the present one included: what bias corrections count.</summary>
    public long Steps { get; internal set; }

    /// <summary>The tensors by kind; the optimiser disposes them.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>The tensor of a kind, or null before it was kept.</summary>
    public Tensor? Find(string kind) => _tensors.GetValueOrDefault(kind);

    /// <summary>The tensor of a kind; zeros at first.</summary>
    public Tensor Find(string kind, Tensor parameter) => Find(kind) ?? Keep(kind, zeros_like(parameter));

    /// <summary>Keeps a tensor beyond the current dispose scope.</summary>
    public Tensor Keep(string kind, Tensor tensor)
    {
        _tensors.Add(kind, tensor.DetachFromDisposeScope());
        return tensor;
    }
}
