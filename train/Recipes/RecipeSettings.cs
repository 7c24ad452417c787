using System.Text.Json;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Train.Losses;
using Toolchain.Train.Optimization;

namespace Toolchain.Train.Recipes;

/// <summary>Every setting of a recipe, in the order in which help lists them. A new one is a property of the recipe and an entry here.</summary>
internal static class RecipeSettings
{
    /// <summary>All settings.</summary>
    public static IReadOnlyList<RecipeSetting> All { get; } =
        [.. Length, .. Updates, .. Schedules, .. Objective, .. Weights, .. Augmentation, .. Computation];

    private static IReadOnlyList<RecipeSetting> Length =>
    [
        Set("epochs", "Passes over the training split.", RecipeValues.Optional(RecipeValues.Count(1)), static r => r.Epochs, static (r, v) => r with { Epochs = v }),
        Set("batch", "Images per pass through the network; auto finds the largest power of two that fits into memory.",
            RecipeValues.Optional(RecipeValues.Count(1), absent: "auto"), static r => r.BatchSize, static (r, v) => r with { BatchSize = v }),
        Set("accumulate", "Average the gradients of this many batches for one step, which then equals a step with a batch as much larger.",
            RecipeValues.Count(1), static r => r.Accumulate, static (r, v) => r with { Accumulate = v }),
        Set("steps", "End after this many optimiser steps; without --epochs, the run is as long as they take.",
            RecipeValues.Optional(RecipeValues.LongCount(1)), static r => r.MaxSteps, static (r, v) => r with { MaxSteps = v }),
        Set("early-stop", "End when the validation result has not improved for this many epochs.",
            RecipeValues.Optional(RecipeValues.Count(1)), static r => r.EarlyStop, static (r, v) => r with { EarlyStop = v }),
        Set("validation", "The share of training images kept apart to choose the best epoch.",
            RecipeValues.Real(0, below: 1), static r => r.ValidationShare, static (r, v) => r with { ValidationShare = v }),
    ];

    private static IReadOnlyList<RecipeSetting> Updates =>
    [
        Set("optimizer", "The optimiser.", RecipeValues.Word<OptimizerKind>(static k => k.Text()), static r => r.Optimizer, static (r, v) => r with { Optimizer = v }),
        new RecipeSetting<double?>("lr", "The learning rate; the highest one with one-cycle (default: 0.002 for adam and adamw, 0.1 for sgd, 0.001 for rmsprop, 0.05 for muon).",
            RecipeValues.Optional(RecipeValues.Real(0, inclusive: false)), static r => r.BaseRate, static (r, v) => r with { LearningRate = v }),
        Set("momentum", "Momentum of sgd (default: 0.9), muon (0.95; a one-cycle schedule moves both between 0.85 and 0.95) and rmsprop (0).",
            RecipeValues.Optional(RecipeValues.Real(0, below: 1)), static r => r.Momentum, static (r, v) => r with { Momentum = v },
            (static r => r.Optimizer is OptimizerKind.RmsProp || (r.Optimizer is OptimizerKind.Sgd or OptimizerKind.Muon && r.Schedule != ScheduleKind.OneCycle), "--optimizer sgd or muon with a schedule other than one-cycle, or rmsprop")),
        Set("nesterov", "Nesterov's form of momentum.", RecipeValues.Flag, static r => r.Nesterov, static (r, v) => r with { Nesterov = v },
            (static r => r.Optimizer == OptimizerKind.Sgd, "--optimizer sgd")),
        new RecipeSetting<double?>("weight-decay", "λ: adds λ·w to the gradient; with adamw, shrinks w by lr·λ (default: 0.01 for adamw, otherwise 0).",
            RecipeValues.Optional(RecipeValues.Real(0)), static r => r.Decay, static (r, v) => r with { WeightDecay = v }),
        Set("no-decay-norm-bias", "No weight decay for biases and the parameters of normalisations.",
            RecipeValues.Flag, static r => r.NoDecayNormBias, static (r, v) => r with { NoDecayNormBias = v }),
        Set("lr-for", "The learning rate of the parameters that a pattern chooses, such as 'features.*=0.001'; the schedule scales it like the others.",
            RecipeValues.PatternValues("PATTERN=RATE", "a pattern of parameter names and a learning rate, such as 'features.*=0.001'", static v => v >= 0 && double.IsFinite(v)),
            static r => r.LearningRates, static (r, v) => r with { LearningRates = v }),
        Set("weight-decay-for", "The weight decay of the parameters that a pattern chooses.",
            RecipeValues.PatternValues("PATTERN=X", "a pattern of parameter names and a weight decay, such as '*.bias=0'", static v => v >= 0 && double.IsFinite(v)),
            static r => r.WeightDecays, static (r, v) => r with { WeightDecays = v }),
        Set("clip-norm", "Scale the gradients down where their common norm is larger than this.",
            RecipeValues.Optional(RecipeValues.Real(0, inclusive: false)), static r => r.ClipNorm, static (r, v) => r with { ClipNorm = v }),
        Set("clip-value", "Cut every gradient value to within ± this.",
            RecipeValues.Optional(RecipeValues.Real(0, inclusive: false)), static r => r.ClipValue, static (r, v) => r with { ClipValue = v }),
    ];

    private static IReadOnlyList<RecipeSetting> Schedules =>
    [
        Set("schedule", "The learning rate's schedule.", RecipeValues.Word<ScheduleKind>(static k => k.Text()), static r => r.Schedule, static (r, v) => r with { Schedule = v }),
        Set("step-size", "Epochs between two decays of --schedule step.", RecipeValues.Count(1), static r => r.StepSize, static (r, v) => r with { StepSize = v },
            (static r => r.Schedule == ScheduleKind.Step, "--schedule step")),
        Set("milestones", "Epochs after which --schedule multi-step decays, such as 30,60.",
            RecipeValues.List(RecipeValues.Count(1)), static r => r.Milestones, static (r, v) => r with { Milestones = v },
            (static r => r.Schedule == ScheduleKind.MultiStep, "--schedule multi-step")),
        Set("gamma", "The factor of one decay.", RecipeValues.Real(0), static r => r.Gamma, static (r, v) => r with { Gamma = v },
            (static r => r.Schedule is ScheduleKind.Step or ScheduleKind.MultiStep or ScheduleKind.Exponential or ScheduleKind.Plateau, "--schedule step, multi-step, exponential or plateau")),
        Set("cycle", "Epochs of one cycle of --schedule cosine-restarts.", RecipeValues.Count(1), static r => r.Cycle, static (r, v) => r with { Cycle = v },
            (static r => r.Schedule == ScheduleKind.CosineRestarts, "--schedule cosine-restarts")),
        Set("power", "The exponent of --schedule polynomial.", RecipeValues.Real(0, inclusive: false), static r => r.Power, static (r, v) => r with { Power = v },
            (static r => r.Schedule == ScheduleKind.Polynomial, "--schedule polynomial")),
        Set("min-lr", "The lowest learning rate.", RecipeValues.Real(0), static r => r.MinLearningRate, static (r, v) => r with { MinLearningRate = v },
            (static r => r.Schedule is ScheduleKind.Cosine or ScheduleKind.CosineRestarts or ScheduleKind.Plateau, "--schedule cosine, cosine-restarts or plateau")),
        Set("patience", "Epochs without improvement before --schedule plateau decays.", RecipeValues.Count(0), static r => r.Patience, static (r, v) => r with { Patience = v },
            (static r => r.Schedule == ScheduleKind.Plateau, "--schedule plateau")),
        Set("warm-up", "Epochs over which the rate rises linearly at first.", RecipeValues.Real(0), static r => r.WarmUp, static (r, v) => r with { WarmUp = v }),
        Set("last-epoch", "The index of the last epoch that the schedule takes as done; -1 starts at the beginning.", RecipeValues.Count(-1), static r => r.LastEpoch, static (r, v) => r with { LastEpoch = v }),
    ];

    private static IReadOnlyList<RecipeSetting> Objective =>
    [
        Set("loss", $"The loss: {string.Join(", ", LossCatalog.Kinds.Select(static k => $"{k.Name} ({k.Summary})"))}; by default that of the data's task.",
            Named("LOSS", [.. LossCatalog.Kinds.Select(static k => k.Name)]), static r => r.Loss, static (r, v) => r with { Loss = v }),
        Set("label-smoothing", "Give this share of each target to all classes alike.", RecipeValues.Optional(RecipeValues.Real(0, below: 1)), static r => r.LabelSmoothing, static (r, v) => r with { LabelSmoothing = v }),
        Set("class-weights", "How much each class counts: none, balanced (inversely to its images), or one number per class.", Weighting, static r => r.ClassWeights, static (r, v) => r with { ClassWeights = v }),
        Set("focal-gamma", "γ of --loss focal (default: 2).", RecipeValues.Optional(RecipeValues.Real(0)), static r => r.FocalGamma, static (r, v) => r with { FocalGamma = v },
            (static r => r.Loss == "focal", "--loss focal")),
        Set("smooth-beta", "Where --loss smooth-l1 turns from a square to a line (default: 1).", RecipeValues.Optional(RecipeValues.Real(0, inclusive: false)), static r => r.SmoothBeta, static (r, v) => r with { SmoothBeta = v },
            (static r => r.Loss == "smooth-l1", "--loss smooth-l1")),
        Set("l1", "λ of a penalty λ·Σ|w| on all parameters.", RecipeValues.Real(0), static r => r.L1, static (r, v) => r with { L1 = v }),
        Set("l2", "λ of a penalty λ·Σw² on all parameters; with --l1, an elastic net.", RecipeValues.Real(0), static r => r.L2, static (r, v) => r with { L2 = v }),
    ];

    private static IReadOnlyList<RecipeSetting> Weights =>
    [
        Set("init", "First values of a layer kind, such as conv=kaiming-normal, linear=xavier-uniform or bn=zero-gamma.",
            RecipeValues.Texts("KIND=RULE", "a kind of layer and a rule, such as conv=kaiming-normal"), static r => r.Initialization, static (r, v) => r with { Initialization = v }),
        Set("freeze", "Do not train the parameters that a pattern chooses, such as 'layer1.*'.",
            RecipeValues.Texts("PATTERN", "a pattern of parameter names, such as 'layer1.*'"), static r => r.Freeze, static (r, v) => r with { Freeze = v }),
        Set("freeze-except", "Train only the parameters that a pattern chooses, such as '*bn*'.",
            RecipeValues.Texts("PATTERN", "a pattern of parameter names, such as '*bn*'"), static r => r.FreezeExcept, static (r, v) => r with { FreezeExcept = v }),
        Set("freeze-by", "Freeze by turning requires_grad off, or by leaving parameters out of the optimiser.", RecipeValues.Word<FreezeBy>(Text), static r => r.FreezeBy, static (r, v) => r with { FreezeBy = v },
            (static r => Freezes(r), "--freeze or --freeze-except")),
        Set("unfreeze-at", "Train frozen parameters from this epoch on: 3, or 'layer4.*=3' for some.",
            RecipeValues.PatternValues("[PATTERN=]EPOCH", "an epoch from 1, or a pattern of parameter names and an epoch", static v => v >= 1 && double.IsInteger(v), allowBare: true),
            static r => r.UnfreezeAt, static (r, v) => r with { UnfreezeAt = v }, (static r => Freezes(r), "--freeze or --freeze-except")),
        Set("ema", "Measure and publish an exponential moving average of the weights with this decay, such as 0.999.",
            RecipeValues.Optional(RecipeValues.Real(0, below: 1, inclusive: false)), static r => r.Ema, static (r, v) => r with { Ema = v }),
        Set("swa", "Publish the average of the weights after each epoch from this one on, with fresh batch-norm statistics.",
            RecipeValues.Optional(RecipeValues.Count(1)), static r => r.Swa, static (r, v) => r with { Swa = v }),
    ];

    private static IReadOnlyList<RecipeSetting> Augmentation =>
    [
        Set("crop", "Shift training images at random by up to this many pixels.", RecipeValues.Count(0), static r => r.Crop, static (r, v) => r with { Crop = v }),
        Set("flip", "Mirror training images: at random, or alternating from epoch to epoch.", RecipeValues.Switched(RecipeValues.Word<FlipKind>(Text), absent: "none", whenBare: "random"), static r => r.Flip, static (r, v) => r with { Flip = v }),
        Set("rotate", "Turn training images at random by up to this many degrees.", RecipeValues.Real(0, below: 180), static r => r.Rotate, static (r, v) => r with { Rotate = v }),
        Set("jitter", "Change colours at random: brightness[,contrast[,saturation[,hue]]], such as 0.2,0.2.", RecipeValues.List(RecipeValues.Real(0)), static r => r.Jitter, static (r, v) => r with { Jitter = v }),
        Set("erase", "Erase a rectangle of a training image with this probability.", RecipeValues.Share, static r => r.Erase, static (r, v) => r with { Erase = v }),
        Set("noise", "Add noise to training inputs, in units of each channel's own standard deviation, such as 0.1.", RecipeValues.Real(0), static r => r.Noise, static (r, v) => r with { Noise = v }),
        Set("mixup", "Mix pairs of training images and their targets; α of the Beta distribution, such as 0.2.", RecipeValues.Real(0), static r => r.Mixup, static (r, v) => r with { Mixup = v }),
        Set("cutmix", "Put a rectangle of one training image into another and mix their targets; α, such as 1.", RecipeValues.Real(0), static r => r.CutMix, static (r, v) => r with { CutMix = v }),
        Set("sizes", "Image sizes and their epochs, from small to large, such as 64:5,128:5; the model takes the last one.",
            RecipeValues.List(new RecipeValue<SizePhase>("SIZE:EPOCHS", "sizes and epochs, such as 64:5,128:5", static text => SizePhase.TryParse(text, out var phase) ? new(phase!) : null, static phase => JsonValue.Create(phase.ToString()))),
            static r => r.Sizes, static (r, v) => r with { Sizes = v }),
    ];

    private static IReadOnlyList<RecipeSetting> Computation =>
    [
        Set("checkpoint-segments", "Gradient checkpointing: keep activations only between this many segments, and compute the rest twice.",
            RecipeValues.Count(1), static r => r.CheckpointSegments, static (r, v) => r with { CheckpointSegments = v }),
    ];

    /// <summary>The setting with this key.</summary>
    /// <exception cref="ToolchainException">There is none (<see cref="ErrorKind.Usage"/>).</exception>
    public static RecipeSetting Get(string key, string source) => All.FirstOrDefault(s => s.Key == key.Replace('-', '_')) ?? throw new ToolchainException(
        ErrorKind.Usage, $"{source}: '{key}' is not a setting of a recipe.{Nearest.Hint(key, All.Select(static s => s.Key))} See: train run --help.");

    /// <summary>A recipe in full, by key: what manifests and logs hold.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Write(TrainingRecipe recipe) => All
        .Select(s => (s.Key, Value: s.Read(recipe)))
        .Where(static s => s.Value is not null)
        .ToDictionary(static s => s.Key, static s => JsonSerializer.SerializeToElement(s.Value), StringComparer.Ordinal);

    /// <summary>The word for a way to freeze.</summary>
    public static string Text(FreezeBy by) => by switch
    {
        FreezeBy.RequiresGrad => "requires-grad",
        FreezeBy.Optimizer => "optimizer",
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, "Unknown way to freeze."),
    };

    /// <summary>The word for a way to mirror.</summary>
    public static string Text(FlipKind flip) => flip switch
    {
        FlipKind.Random => "random",
        FlipKind.Alternating => "alternating",
        _ => throw new ArgumentOutOfRangeException(nameof(flip), flip, "Unknown way to mirror."),
    };

    private static RecipeValue<ClassWeighting> Weighting => new(
        "none|balanced|W,W,…",
        "none, balanced, or one number per class",
        static text => text switch
        {
            "none" => new(ClassWeighting.None),
            "balanced" => new(ClassWeighting.Balanced),
            _ => RecipeValues.List(RecipeValues.Real(0)).Parse(text) is { } numbers ? new(new(false, numbers.Value)) : null,
        },
        static weights => weights.IsBalanced ? JsonValue.Create("balanced") : weights.Values.IsEmpty ? null : new JsonArray([.. weights.Values.Select(static w => (JsonNode)w)]));

    private static RecipeValue<string?> Named(string helpName, string[] names) => new(
        helpName, string.Join(", ", names), text => names.Contains(text) ? new(text) : null, static text => text is null ? null : JsonValue.Create(text));

    private static bool Freezes(TrainingRecipe recipe) => !recipe.Freeze.IsEmpty || !recipe.FreezeExcept.IsEmpty;

    private static RecipeSetting<T> Set<T>(
        string name, string help, RecipeValue<T> value, Func<TrainingRecipe, T> get, Func<TrainingRecipe, T, TrainingRecipe> set, (Func<TrainingRecipe, bool>, string)? belongs = null) =>
        new(name, help, value, get, set) { Belongs = belongs };
}
