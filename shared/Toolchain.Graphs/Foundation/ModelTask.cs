namespace Toolchain;

/// <summary>What a model's outputs mean.</summary>
public enum ModelTask
{
    /// <summary>One score per class for each image, [N, classes].</summary>
    Classification,

    /// <summary>One number per target column for each input, [N, columns].</summary>
    Regression,

    /// <summary>One score per class for each pixel, [N, classes, H, W].</summary>
    Segmentation,
}

/// <summary>The words for tasks that manifests and options use.</summary>
public static class ModelTasks
{
    /// <summary>The word for a task: <c>classification</c>, <c>regression</c> or <c>segmentation</c>.</summary>
    public static string Text(this ModelTask task) => task switch
    {
        ModelTask.Classification => "classification",
        ModelTask.Regression => "regression",
        ModelTask.Segmentation => "segmentation",
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown task."),
    };

    /// <summary>The task that a word stands for.</summary>
    /// <exception cref="ToolchainException">The word is none of the three (<see cref="ErrorKind.Usage"/>).</exception>
    public static ModelTask Parse(string word) => word switch
    {
        "classification" => ModelTask.Classification,
        "regression" => ModelTask.Regression,
        "segmentation" => ModelTask.Segmentation,
        _ => throw new ToolchainException(ErrorKind.Usage, $"Task '{word}' is not known. Expected classification, regression or segmentation."),
    };
}
