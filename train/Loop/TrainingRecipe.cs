using System.Text.Json;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using TorchSharp;

namespace Toolchain.Train.Loop;

/// <summary>The schedules by the names that <c>--schedule</c> takes.</summary>
public enum ScheduleKind
{
    /// <summary>One cycle over the whole run.</summary>
    OneCycle,

    /// <summary>A decay every few epochs.</summary>
    Step,

    /// <summary>The same rate throughout.</summary>
    Constant,
}

/// <summary>How a network is trained: everything that decides the weights, except the network, the data and the machine.</summary>
public sealed record TrainingRecipe
{
    /// <summary>Passes over the training split; 5 by default. Null for as many as <see cref="MaxSteps"/> takes.</summary>
    public int? Epochs { get; init; } = 5;

    /// <summary>Images per step; 128 by default.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Ends the run after this many steps, or with the last epoch if that comes first; null, the default, trains all epochs.</summary>
    public long? MaxSteps { get; init; }

    /// <summary>The optimiser; Adam by default.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>The schedule; one cycle by default.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.OneCycle;

    /// <summary>The learning rate, with one-cycle the highest; null, the default, takes the optimiser's (<see cref="OptimizerKinds.DefaultLearningRate"/>).</summary>
    public double? LearningRate { get; init; }

    /// <summary>SGD's momentum; 0.9 by default. A one-cycle schedule moves it between 0.85 and 0.95.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>λ: adds λ·w to the gradient; 0 by default.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Epochs between two decays of the step schedule; 1 by default.</summary>
    public int StepSize { get; init; } = 1;

    /// <summary>The step schedule's factor; 0.1 by default, as PyTorch's.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Pixels by which training images are randomly shifted; 0, the default, for none.</summary>
    public int CropPadding { get; init; }

    /// <summary>Whether training images are mirrored at random; off by default.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>The share of training images that are kept apart to choose the best epoch; 0.1 by default.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>The seed of every random choice; 0 by default.</summary>
    public long Seed { get; init; }

    /// <summary>The rate that the schedule starts from.</summary>
    public double BaseRate => LearningRate ?? Optimizer.DefaultLearningRate();

    /// <summary>The steps of the whole run.</summary>
    /// <param name="stepsPerEpoch">Steps in an epoch.</param>
    public long TotalSteps(long stepsPerEpoch) => Math.Min(MaxSteps ?? long.MaxValue, Epochs is { } epochs ? stepsPerEpoch * epochs : long.MaxValue);

    /// <summary>A new optimiser over the parameters; the caller disposes it.</summary>
    public Optimizer CreateOptimizer(IReadOnlyDictionary<string, torch.Tensor> parameters) =>
        Optimizer.Create(ParameterGroups.Single(parameters, WeightDecay), Optimizer == OptimizerKind.Sgd ? Momentum : 0);

    /// <summary>The schedule.</summary>
    public Schedule CreateSchedule() => Schedule switch
    {
        ScheduleKind.OneCycle => new OneCycleSchedule(BaseRate),
        ScheduleKind.Step => new StepSchedule(BaseRate, StepSize, Gamma),
        ScheduleKind.Constant => new ConstantSchedule(BaseRate),
        _ => throw new InvalidOperationException($"Unknown schedule {Schedule}."),
    };

    /// <summary>The recipe in full, for the manifest.</summary>
    public IReadOnlyDictionary<string, JsonElement> ToManifest(ComputeMode mode)
    {
        var entries = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["epochs"] = Epochs,
            ["batch"] = BatchSize,
            ["steps"] = MaxSteps,
            ["optimizer"] = RecipeWords.Of(Optimizer),
            ["schedule"] = RecipeWords.Of(Schedule),
            ["lr"] = BaseRate,
            ["momentum"] = Optimizer == OptimizerKind.Sgd ? Momentum : null,
            ["weight_decay"] = WeightDecay,
            ["step_size"] = Schedule == ScheduleKind.Step ? StepSize : null,
            ["gamma"] = Schedule == ScheduleKind.Step ? Gamma : null,
            ["crop"] = CropPadding,
            ["flip"] = HorizontalFlip,
            ["validation"] = ValidationShare,
            ["loss"] = "cross-entropy",
            ["precision"] = ComputeMode.Text(mode.Precision),
            ["layout"] = ComputeMode.Text(mode.Layout),
        };
        return entries.Where(static e => e.Value is not null).ToDictionary(static e => e.Key, static e => JsonSerializer.SerializeToElement(e.Value), StringComparer.Ordinal);
    }
}

/// <summary>The words that options and manifests use for a recipe's choices.</summary>
public static class RecipeWords
{
    /// <summary>The word for an optimiser.</summary>
    public static string Of(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adam => "adam",
        OptimizerKind.AdamW => "adamw",
        OptimizerKind.Sgd => "sgd",
        OptimizerKind.RmsProp => "rmsprop",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown optimiser."),
    };

    /// <summary>The word for a schedule.</summary>
    public static string Of(ScheduleKind kind) => kind switch
    {
        ScheduleKind.OneCycle => "one-cycle",
        ScheduleKind.Step => "step",
        ScheduleKind.Constant => "constant",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown schedule."),
    };

    /// <summary>Reads a word.</summary>
    /// <exception cref="ToolchainException">It is none of the known ones (<see cref="ErrorKind.Usage"/>).</exception>
    public static T Parse<T>(string option, string word, Func<T, string> text) where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        return values.Select(v => (T?)v).FirstOrDefault(v => text(v!.Value) == word)
            ?? throw new ToolchainException(ErrorKind.Usage, $"{option} is '{word}'; it takes {string.Join(", ", values.Select(text))}.");
    }
}
