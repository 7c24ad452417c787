namespace Toolchain;

/// <summary>What a model predicts.</summary>
public enum ModelTask
{
    /// <summary>One class per input: logits <c>[N, K]</c>.</summary>
    Classification,

    /// <summary>Numbers per input: values <c>[N, V]</c>.</summary>
    Regression,

    /// <summary>One class per pixel: logits <c>[N, K, H, W]</c>.</summary>
    Segmentation,
}

/// <summary>The words that options and manifests use for a <see cref="ModelTask"/>.</summary>
public static class ModelTasks
{
    /// <summary>The word for a task.</summary>
    public static string Text(ModelTask task) => task switch
    {
        ModelTask.Classification => "classification",
        ModelTask.Regression => "regression",
        ModelTask.Segmentation => "segmentation",
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown task."),
    };

    /// <summary>Reads a word.</summary>
    /// <exception cref="ToolchainException">It is none of the known ones (<see cref="ErrorKind.Usage"/>).</exception>
    public static ModelTask Parse(string text) => text switch
    {
        "classification" => ModelTask.Classification,
        "regression" => ModelTask.Regression,
        "segmentation" => ModelTask.Segmentation,
        _ => throw new ToolchainException(ErrorKind.Usage, $"The task is '{text}'; it must be one of {string.Join(", ", Enum.GetValues<ModelTask>().Select(Text))}."),
    };
}
