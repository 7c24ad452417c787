using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Updates parameters from their gradients. Written on tensor operations, so that its state is in the open for checkpoints and equal on every
/// engine; the arithmetic is PyTorch's, operation for operation. Disposing frees the state.
/// </summary>
public abstract class Optimizer(IReadOnlyDictionary<string, Tensor> parameters) : IDisposable
{
    /// <summary>State tensors by name (<c>momentum.fc1.weight</c>); they appear with the first step.</summary>
    public OrderedDictionary<string, Tensor> State { get; } = new(StringComparer.Ordinal);

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Updates every parameter that has a gradient, and drops the gradients.</summary>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="momentum">Replaces the optimiser's momentum (Adam's β₁) for this step, as one-cycle schedules ask.</param>
    public void Step(double learningRate, double? momentum = null)
    {
        Steps++;
        using var frozen = no_grad();
        foreach (var (name, parameter) in parameters)
        {
            using var scope = NewDisposeScope();
            if (parameter.grad is { } gradient)
            {
                Update(name, parameter, gradient, learningRate, momentum);
                parameter.grad = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in State.Values)
        {
            tensor.Dispose();
        }

        State.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>Updates one parameter in place; temporary tensors belong to the current dispose scope.</summary>
    protected abstract void Update(string name, Tensor parameter, Tensor gradient, double learningRate, double? momentum);

    /// <summary>The state tensor of a parameter, made on first use.</summary>
    protected Tensor StateOf(string kind, string name, Func<Tensor> first)
    {
        var key = $"{kind}.{name}";
        if (!State.TryGetValue(key, out var tensor))
        {
            tensor = first().DetachFromDisposeScope();
            State.Add(key, tensor);
        }

        return tensor;
    }
}
