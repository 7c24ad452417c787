namespace Toolchain;

/// <summary>What a model does with an image.</summary>
public enum ModelTask
{
    /// <summary>Names one class per image: the output is <c>[N, classes]</c>.</summary>
    Classification,

    /// <summary>Estimates numbers: the output is <c>[N, values]</c>.</summary>
    Regression,

    /// <summary>Names one class per pixel: the output is <c>[N, classes, H, W]</c>.</summary>
    Segmentation,
}

/// <summary>The words that options and manifests use for tasks.</summary>
public static class ModelTasks
{
    /// <summary>The word: <c>classification</c>, <c>regression</c> or <c>segmentation</c>.</summary>
    public static string Text(this ModelTask task) => task switch
    {
        ModelTask.Classification => "classification",
        ModelTask.Regression => "regression",
        ModelTask.Segmentation => "segmentation",
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown task."),
    };

    /// <summary>Reads the word.</summary>
    /// <exception cref="ToolchainException">There is no such task (<see cref="ErrorKind.Usage"/>).</exception>
    public static ModelTask Parse(string text)
    {
        var tasks = Enum.GetValues<ModelTask>();
        return tasks.Select(static t => (ModelTask?)t).FirstOrDefault(t => Text(t!.Value) == text)
            ?? throw new ToolchainException(ErrorKind.Usage, $"There is no task '{text}'. There are: {string.Join(", ", tasks.Select(Text))}.{Nearest.Hint(text, tasks.Select(Text))}");
    }
}
