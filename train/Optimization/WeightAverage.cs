using Toolchain.Graphs;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// A second set of a network's weights that averages the first one over the training: parameters, and the running statistics of batch norms beside
/// them. Disposing frees the set.
/// </summary>
public abstract class WeightAverage : IDisposable
{
    private readonly IReadOnlyDictionary<string, Tensor> _parameters;
    private readonly IReadOnlyDictionary<string, Tensor> _buffers;
    private readonly OrderedDictionary<string, Tensor> _values = new(StringComparer.Ordinal);

    /// <summary>Starts with a copy of the weights as they are.</summary>
    /// <param name="parameters">What gradients update; the network's own tensors.</param>
    /// <param name="buffers">What batch norms update.</param>
    protected WeightAverage(IReadOnlyDictionary<string, Tensor> parameters, IReadOnlyDictionary<string, Tensor> buffers)
    {
        (_parameters, _buffers) = (parameters, buffers);
        using var frozen = no_grad();
        foreach (var (name, tensor) in parameters.Concat(buffers))
        {
            _values.Add(name, tensor.clone().DetachFromDisposeScope());
        }
    }

    /// <summary>The average of every parameter and buffer, on the network's device; the network's own values while <see cref="IsSwapped"/>.</summary>
    public IReadOnlyDictionary<string, Tensor> Values => _values;

    /// <summary>Updates so far.</summary>
    public long Updates { get; private set; }

    /// <summary>Whether the network holds the average at the moment.</summary>
    public bool IsSwapped { get; private set; }

    /// <summary>Takes the network's present weights into the average.</summary>
    /// <exception cref="InvalidOperationException">The network holds the average.</exception>
    public void Update()
    {
        RequireOwnWeights();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        Updates++;
        foreach (var (name, parameter) in _parameters)
        {
            Average(_values[name], parameter);
        }

        foreach (var (name, buffer) in _buffers)
        {
            AverageBuffer(_values[name], buffer);
        }
    }

    /// <summary>Exchanges the network's weights and the average, as before and after an evaluation.</summary>
    public void Swap()
    {
        using var frozen = no_grad();
        foreach (var (name, tensor) in _parameters.Concat(_buffers))
        {
            using var scope = NewDisposeScope();
            var own = tensor.clone();
            tensor.copy_(_values[name]);
            _values[name].copy_(own);
        }

        IsSwapped = !IsSwapped;
    }

    /// <summary>Puts an average back that a checkpoint holds.</summary>
    /// <param name="values">The values of every parameter and buffer.</param>
    /// <param name="updates">How many updates they come from.</param>
    /// <exception cref="InvalidOperationException">The network holds the average.</exception>
    /// <exception cref="ToolchainException">A value is missing or has another shape (<see cref="ErrorKind.BadInput"/>).</exception>
    public void Restore(IReadOnlyDictionary<string, TensorData> values, long updates)
    {
        RequireOwnWeights();
        using var frozen = no_grad();
        foreach (var (name, tensor) in _values)
        {
            using var scope = NewDisposeScope();
            if (!values.TryGetValue(name, out var data) || !data.Dimensions.AsSpan().SequenceEqual(tensor.shape))
            {
                throw new ToolchainException(
                    ErrorKind.BadInput,
                    $"The saved average of the weights does not fit: '{name}' must have shape [{string.Join(", ", tensor.shape)}], found {(data is null ? "nothing" : data.Dimensions.ToString())}. Continue with the network that wrote it.");
            }

            tensor.copy_(data.ToTensor());
        }

        Updates = updates;
    }

    /// <summary>Frees the average.</summary>
    public void Dispose()
    {
        foreach (var tensor in _values.Values)
        {
            tensor.Dispose();
        }

        _values.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes a parameter into its average, in place; <see cref="Updates"/> counts this update.</summary>
    protected abstract void Average(Tensor average, Tensor parameter);

    /// <summary>Takes a buffer into its average, in place.</summary>
    protected abstract void AverageBuffer(Tensor average, Tensor buffer);

    private void RequireOwnWeights()
    {
        if (IsSwapped)
        {
            throw new InvalidOperationException("The network holds the average; swap back first.");
        }
    }
}

/// <summary>
/// An exponential moving average, which weighs recent weights most (Polyak and Juditsky 1992; Tarvainen and Valpola 2017, arXiv 1703.01780):
/// a ← d·a + (1 − d)·p after every step. Running statistics are averaged alike; whole numbers are copied.
/// </summary>
/// <param name="parameters">What gradients update.</param>
/// <param name="buffers">What batch norms update.</param>
/// <param name="decay">d, below 1; 0.999 by default.</param>
/// <param name="warmUp">Whether the first updates decay faster, by min(d, (1 + n) / (10 + n)) at the n-th; on by default.</param>
public sealed class ExponentialAverage(
    IReadOnlyDictionary<string, Tensor> parameters, IReadOnlyDictionary<string, Tensor> buffers, double decay = 0.999, bool warmUp = true)
    : WeightAverage(parameters, buffers)
{
    private double Decay => warmUp ? Math.Min(decay, (1.0 + Updates) / (10.0 + Updates)) : decay;

    /// <inheritdoc/>
    protected override void Average(Tensor average, Tensor parameter) => average.mul_(Decay).add_(parameter, 1 - Decay);

    /// <inheritdoc/>
    protected override void AverageBuffer(Tensor average, Tensor buffer)
    {
        if (buffer.dtype.ToElementType().IsFloat())
        {
            Average(average, buffer);
        }
        else
        {
            average.copy_(buffer);
        }
    }
}

/// <summary>
/// Stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407), as <c>torch.optim.swa_utils.AveragedModel</c>: the plain mean of the weights at
/// the end of each epoch from some epoch on. Running statistics belong to the last weights, not to their mean: measure them again with
/// <see cref="BatchStatistics"/> after <see cref="WeightAverage.Swap"/>.
/// </summary>
/// <param name="parameters">What gradients update.</param>
/// <param name="buffers">What batch norms update.</param>
public sealed class StochasticWeightAverage(IReadOnlyDictionary<string, Tensor> parameters, IReadOnlyDictionary<string, Tensor> buffers) : WeightAverage(parameters, buffers)
{
    /// <inheritdoc/>
    protected override void Average(Tensor average, Tensor parameter) => average.mul_((Updates - 1.0) / Updates).add_(parameter, 1.0 / Updates);

    /// <inheritdoc/>
    protected override void AverageBuffer(Tensor average, Tensor buffer) => average.copy_(buffer);
}
