using Toolchain.Graphs;
using Toolchain.Train.Losses;
using Toolchain.Train.Optimization;
using TorchSharp;

namespace Toolchain.Train.Recipes;

/// <content>What a recipe is made into.</content>
public sealed partial record TrainingRecipe
{
    /// <summary>The groups of the parameters that are trained: those of the rules, and all others.</summary>
    /// <param name="trained">The parameters by name.</param>
    /// <exception cref="ToolchainException">A rule chooses nothing (<see cref="ErrorKind.Usage"/>).</exception>
    public IReadOnlyList<ParameterGroup> CreateGroups(IReadOnlyDictionary<string, torch.Tensor> trained) => ParameterGroups.Of(
        trained,
        [
            .. LearningRates.Select(rate => new GroupRule(rate.Pattern, rate.Value, WeightDecays.FirstOrDefault(d => d.Pattern == rate.Pattern)?.Value)),
            .. WeightDecays.Where(decay => LearningRates.All(rate => rate.Pattern != decay.Pattern)).Select(static decay => new GroupRule(decay.Pattern, null, decay.Value)),
        ],
        BaseRate,
        Decay,
        decayNormAndBias: !NoDecayNormBias);

    /// <summary>The rules for first values; null for the network's own.</summary>
    /// <exception cref="ToolchainException">A rule is not known (<see cref="ErrorKind.Usage"/>).</exception>
    public InitializationPolicy? CreateInitialization() => Initialization.IsEmpty ? null : InitializationPolicy.Parse(Initialization);

    /// <summary>A new optimiser; the caller disposes it.</summary>
    public Optimizer CreateOptimizer(IReadOnlyList<ParameterGroup> groups) => Optimizer.Create(groups, StandardMomentum, Nesterov);

    /// <summary>The schedule.</summary>
    public Schedule CreateSchedule()
    {
        Schedule schedule = Schedule switch
        {
            ScheduleKind.OneCycle => new OneCycleSchedule(BaseRate),
            ScheduleKind.Constant => new ConstantSchedule(BaseRate),
            ScheduleKind.Step => new StepSchedule(BaseRate, StepSize, Gamma),
            ScheduleKind.MultiStep => new MultiStepSchedule(BaseRate, Milestones, Gamma),
            ScheduleKind.Exponential => new ExponentialSchedule(BaseRate, Gamma),
            ScheduleKind.Cosine => new CosineSchedule(BaseRate, MinLearningRate),
            ScheduleKind.CosineRestarts => new CosineRestartsSchedule(BaseRate, Cycle, MinimumRate: MinLearningRate),
            ScheduleKind.Polynomial => new PolynomialSchedule(BaseRate, Power),
            ScheduleKind.Plateau => new PlateauSchedule(BaseRate, Gamma, Patience, MinimumRate: MinLearningRate),
            _ => throw new InvalidOperationException($"Unknown schedule {Schedule}."),
        };
        schedule = WarmUp > 0 ? new WarmUpSchedule(schedule, WarmUp) : schedule;
        return LastEpoch >= 0 ? new LastEpochSchedule(schedule, LastEpoch) : schedule;
    }

    /// <summary>The clipping of gradients; null for none.</summary>
    public GradientClipping? CreateClipping() => (ClipNorm, ClipValue) switch
    {
        ({ } norm, _) => new NormClipping(norm),
        (_, { } value) => new ValueClipping(value),
        _ => null,
    };

    /// <summary>The loss's options.</summary>
    /// <param name="balanced">The weights that balanced classes get.</param>
    public LossOptions CreateLossOptions(Func<EquatableArray<float>> balanced) => new()
    {
        Name = Loss,
        LabelSmoothing = LabelSmoothing,
        ClassWeights = ClassWeights.IsBalanced ? balanced() : ClassWeights.Values.Select(static w => (float)w).ToEquatableArray(),
        Beta = SmoothBeta,
        Gamma = FocalGamma,
    };
}
