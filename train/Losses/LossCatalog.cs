namespace Toolchain.Train.Losses;

/// <summary>One loss that a recipe can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it is, in a few words.</param>
/// <param name="Tasks">The tasks that it is for.</param>
/// <param name="Settings">The settings that it has.</param>
/// <param name="TakesSoftTargets">Whether shares of classes may be its targets, as mixup, CutMix and soft labels make them.</param>
/// <param name="Create">Makes it from options that were checked; the caller disposes it.</param>
public sealed record LossKind(
    string Name, string Summary, EquatableArray<ModelTask> Tasks, EquatableArray<LossSetting> Settings, bool TakesSoftTargets, Func<LossOptions, Loss> Create);

/// <summary>The losses by name. A new one is a class and a line in <see cref="Kinds"/>.</summary>
public static class LossCatalog
{
    /// <summary>All losses; a task's usual one is the first that is for it.</summary>
    public static IReadOnlyList<LossKind> Kinds { get; } =
    [
        new("cross-entropy", "−log softmax of the true class", ForClasses, [LossSetting.LabelSmoothing, LossSetting.ClassWeights], true,
            static o => new CrossEntropyLoss(o.LabelSmoothing ?? 0, o.ClassWeights)),
        new("nll", "cross-entropy of a network that ends in LogSoftmax", ForClasses, [LossSetting.ClassWeights], true,
            static o => new NllLoss(o.ClassWeights)),
        new("bce", "binary cross-entropy of every logit's sigmoid", ForClasses, [], true,
            static _ => new BceLoss()),
        new("focal", "cross-entropy that counts less what is known well", ForClasses, [LossSetting.Gamma, LossSetting.ClassWeights], true,
            static o => new FocalLoss(o.Gamma ?? FocalLoss.DefaultGamma, o.ClassWeights)),
        new("dice", "1 − soft Dice overlap of each class", [ModelTask.Segmentation], [LossSetting.Smoothing], true,
            static o => new DiceLoss(o.Smoothing ?? DiceLoss.DefaultSmoothing)),
        new("mse", "mean squared error", [ModelTask.Regression], [], false,
            static _ => new MseLoss()),
        new("l1", "mean absolute error", [ModelTask.Regression], [], false,
            static _ => new L1Loss()),
        new("smooth-l1", "squares below β, absolute values above", [ModelTask.Regression], [LossSetting.Beta], false,
            static o => new SmoothL1Loss(o.Beta ?? SmoothL1Loss.DefaultBeta)),
    ];

    private static EquatableArray<ModelTask> ForClasses => [ModelTask.Classification, ModelTask.Segmentation];

    /// <summary>The loss of this name.</summary>
    /// <exception cref="ToolchainException">There is none (<see cref="ErrorKind.Usage"/>).</exception>
    public static LossKind Get(string name) => Kinds.FirstOrDefault(k => k.Name == name) ?? throw new ToolchainException(
        ErrorKind.Usage, $"There is no loss '{name}'. There are: {string.Join(", ", Kinds.Select(static k => k.Name))}.{Nearest.Hint(name, Kinds.Select(static k => k.Name))}");

    /// <summary>The loss that options mean for a task and a network's output.</summary>
    public static LossKind Choose(LossOptions options, ModelTask task, OutputForm form = OutputForm.Logits) =>
        options.Name is { } name ? Get(name)
        : form == OutputForm.LogProbabilities && options.LabelSmoothing is null && task != ModelTask.Regression ? Get("nll")
        : Kinds.First(k => k.Tasks.Contains(task));

    /// <summary>Makes the loss.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="task">What the network is trained for.</param>
    /// <param name="classes">The number of classes; of no account for a regression.</param>
    /// <param name="form">What the network's graph ends in.</param>
    /// <returns>A loss that the caller disposes.</returns>
    /// <exception cref="ToolchainException">There is no such loss, or the options do not fit together, the task or the network (<see cref="ErrorKind.Usage"/>, with every problem).</exception>
    public static Loss Create(LossOptions options, ModelTask task, int classes, OutputForm form = OutputForm.Logits)
    {
        var kind = Choose(options, task, form);
        return LossProblems.Of(kind, options, task, classes, form).ToArray() is { Length: > 0 } problems
            ? throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.")
            : kind.Create(options);
    }
}
