using System.Globalization;

namespace Toolchain.Train.Losses;

/// <summary>Everything that is wrong with a choice of loss, each as a clause of a message.</summary>
internal static class LossProblems
{
    public static IEnumerable<string> Of(LossKind kind, LossOptions options, ModelTask task, int classes, OutputForm form) =>
        [.. Fit(kind, task, form), .. Settings(kind, options), .. Values(options, classes)];

    private static IEnumerable<string> Fit(LossKind kind, ModelTask task, OutputForm form)
    {
        if (!kind.Tasks.Contains(task))
        {
            yield return $"loss {kind.Name} is for {string.Join(" and ", kind.Tasks.Select(ModelTasks.Text))}, and the task is {ModelTasks.Text(task)}, which has {Names(k => k.Tasks.Contains(task))}";
            yield break;
        }

        var takesLogProbabilities = kind.Name is "nll";
        if (task != ModelTask.Regression && (form, takesLogProbabilities) switch
        {
            (OutputForm.Logits, true) => "loss nll takes log-probabilities, and the network ends in logits: take cross-entropy, which equals LogSoftmax and nll",
            (OutputForm.LogProbabilities, false) when kind.Name is "bce" => "loss bce takes logits, and the network ends in LogSoftmax: take nll",
            (OutputForm.Probabilities, _) => $"loss {kind.Name} takes {(takesLogProbabilities ? "log-probabilities" : "logits")}, and the network ends in Softmax: end it in its logits, or in LogSoftmax for nll",
            _ => null,
        } is { } problem)
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> Settings(LossKind kind, LossOptions options) => options.Given()
        .Where(s => !kind.Settings.Contains(s.Key))
        .Select(s => $"{Text(s.Key)} belongs to loss {Names(k => k.Settings.Contains(s.Key))}, not to {kind.Name}");

    private static IEnumerable<string> Values(LossOptions options, int classes)
    {
        if (options.LabelSmoothing is { } smoothing && smoothing is not (>= 0 and <= 1))
        {
            yield return Invariant($"label smoothing is {smoothing}; it must be 0 to 1");
        }

        if (options.Beta is { } beta && !(beta > 0 && double.IsFinite(beta)))
        {
            yield return Invariant($"beta is {beta}; it must be above 0 (loss l1 is the limit)");
        }

        if (options.Gamma is { } gamma && !(gamma >= 0 && double.IsFinite(gamma)))
        {
            yield return Invariant($"gamma is {gamma}; it must be at least 0");
        }

        if (options.Smoothing is { } pixels && !(pixels > 0 && double.IsFinite(pixels)))
        {
            yield return Invariant($"the smoothing of dice is {pixels}; it must be above 0");
        }

        var weights = options.ClassWeights;
        if (!weights.IsEmpty && weights.Count != classes)
        {
            yield return $"there are {weights.Count} class weights for {classes} classes";
        }

        if (!weights.IsEmpty && (weights.Any(static w => !(w >= 0 && float.IsFinite(w))) || weights.All(static w => w == 0)))
        {
            yield return Invariant($"class weights must be at least 0 and not all 0; found {string.Join(", ", weights.Select(static w => w.ToString(CultureInfo.InvariantCulture)))}");
        }
    }

    private static string Text(LossSetting setting) => setting switch
    {
        LossSetting.LabelSmoothing => "label smoothing",
        LossSetting.ClassWeights => "a weight per class",
        LossSetting.Beta => "beta",
        LossSetting.Gamma => "gamma",
        LossSetting.Smoothing => "smoothing",
        _ => throw new ArgumentOutOfRangeException(nameof(setting), setting, "Unknown setting."),
    };

    private static string Names(Func<LossKind, bool> condition) => string.Join(", ", LossCatalog.Kinds.Where(condition).Select(static k => k.Name));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
