using Toolchain.Graphs;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Optimization;

/// <summary>
/// Updates parameters from their gradients. Written on tensor operations, so that its state is in the open for checkpoints and equal on every
/// engine; the arithmetic is PyTorch's, operation for operation. Disposing frees the state.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly OrderedDictionary<string, ParameterState> _states = new(StringComparer.Ordinal);

    /// <summary>An optimiser of some groups.</summary>
    /// <exception cref="ArgumentException">A parameter is in two groups.</exception>
    protected Optimizer(IReadOnlyList<ParameterGroup> groups) => Groups = groups;

    /// <summary>
    /// What is updated. It may change between steps, for example when frozen layers join: state is kept by name, and a parameter that joins starts
    /// its own count of steps.
    /// </summary>
    /// <exception cref="ArgumentException">A parameter is in two groups.</exception>
    public IReadOnlyList<ParameterGroup> Groups
    {
        get;
        set
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            if (value.SelectMany(static g => g.Parameters.Keys).FirstOrDefault(name => !names.Add(name)) is { } twice)
            {
                throw new ArgumentException($"Parameter '{twice}' is in two groups.", nameof(value));
            }

            field = value;
        }
    }

    /// <summary>State tensors by kind and parameter (<c>momentum.fc1.weight</c>); they appear with a parameter's first update.</summary>
    public IReadOnlyDictionary<string, Tensor> State => new OrderedDictionary<string, Tensor>(
        _states.SelectMany(static s => s.Value.Tensors.Select(t => KeyValuePair.Create($"{t.Key}.{s.Key}", t.Value))), StringComparer.Ordinal);

    /// <summary>Updates so far, by parameter; without those that never had one.</summary>
    public IReadOnlyDictionary<string, long> Steps => _states.ToDictionary(static s => s.Key, static s => s.Value.Steps, StringComparer.Ordinal);

    /// <summary>The kinds of tensors that this optimiser keeps.</summary>
    protected abstract IReadOnlyList<string> Kinds { get; }

    /// <summary>
    /// Updates every parameter that has a gradient, uses the gradient up and drops it. Parameters without one, such as frozen ones, stay as they are.
    /// </summary>
    /// <param name="rate">The base rate, which each group multiplies, and the momentum where the schedule moves it.</param>
    public void Step(StepRate rate)
    {
        using var frozen = no_grad();
        foreach (var group in Groups)
        {
            var groupRate = new ParameterRate(rate.LearningRate * group.LearningRateFactor, rate.Momentum, group.WeightDecay);
            foreach (var (name, parameter) in group.Parameters)
            {
                using var scope = NewDisposeScope();
                if (parameter.grad is { } gradient)
                {
                    var state = StateOf(name);
                    state.Steps++;
                    Update(parameter, gradient, state, groupRate);
                    parameter.grad = null;
                }
            }
        }
    }

    /// <summary>Puts back what <see cref="State"/> and <see cref="Steps"/> held.</summary>
    /// <param name="state">Tensors by kind and parameter; they are copied.</param>
    /// <param name="steps">Updates so far, by parameter.</param>
    /// <exception cref="ToolchainException">
    /// They are not this optimiser's, or not of the parameters in <see cref="Groups"/> (<see cref="ErrorKind.BadInput"/>); then nothing has changed.
    /// </exception>
    public void Restore(IReadOnlyDictionary<string, TensorData> state, IReadOnlyDictionary<string, long> steps)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var parameters = Groups.SelectMany(static g => g.Parameters).ToDictionary(static p => p.Key, static p => p.Value, StringComparer.Ordinal);
        foreach (var name in steps.Keys.Where(name => !parameters.ContainsKey(name)))
        {
            throw Stranger($"counts the steps of '{name}', which is in no parameter group");
        }

        var parts = state.Select(s => (s.Key, s.Value, Split: s.Key.Split('.', 2))).ToArray();
        foreach (var (key, data, split) in parts)
        {
            if (!Kinds.Contains(split[0]) || split.Length < 2 || !parameters.TryGetValue(split[1], out var parameter) || !steps.ContainsKey(split[1]))
            {
                throw Stranger($"has '{key}', which is no state of {GetType().Name} for a parameter that it updates");
            }

            if (!data.Dimensions.AsSpan().SequenceEqual(parameter.shape))
            {
                throw Stranger($"has '{key}' of shape {data.Dimensions}, but the parameter's is [{string.Join(", ", parameter.shape)}]");
            }
        }

        Dispose();
        foreach (var (name, count) in steps)
        {
            StateOf(name).Steps = count;
        }

        foreach (var (_, data, split) in parts)
        {
            // Like the parameter, the tensor is on its device and in its memory format.
            var tensor = StateOf(split[1]).Find(split[0], parameters[split[1]]);
            tensor.copy_(data.ToTensor());
        }
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        foreach (var tensor in _states.Values.SelectMany(static s => s.Tensors.Values))
        {
            tensor.Dispose();
        }

        _states.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>Updates one parameter in place; temporary tensors belong to the current dispose scope, and the gradient may be overwritten.</summary>
    protected abstract void Update(Tensor parameter, Tensor gradient, ParameterState state, ParameterRate rate);

    private static ToolchainException Stranger(string found) =>
        new(ErrorKind.BadInput, $"The optimiser's saved state does not fit: it {found}. Continue with the optimiser, the network and the parameter groups that wrote it.");

    private ParameterState StateOf(string name)
    {
        if (!_states.TryGetValue(name, out var state))
        {
            _states.Add(name, state = new());
        }

        return state;
    }
}

/// <summary>What one update of a parameter goes by.</summary>
/// <param name="LearningRate">The group's rate at this step.</param>
/// <param name="Momentum">Replaces the optimiser's momentum (Adam's β₁); null leaves it.</param>
/// <param name="WeightDecay">The group's λ.</param>
public readonly record struct ParameterRate(double LearningRate, double? Momentum, double WeightDecay);
