using System.CommandLine;
using Toolchain.Data;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Evaluation;

namespace Toolchain.Train.Commands;

/// <summary>The options of <see cref="EvaluateCommand"/> that say what to measure and what to show.</summary>
internal sealed class EvaluateCommandOptions
{
    private static readonly string[] Splits = [.. Enum.GetValues<EvaluationSplit>().Select(EvaluationSplits.Text)];

    private readonly Option<EvaluationSplit> _split = new("--split") { Description = "The images: test ones, or the training data's validation or train part, as the model's training divided it.", HelpName = string.Join('|', Splits) };
    private readonly Option<int?> _topK = new("--top-k") { Description = "Also the share of images whose true class is among the N most probable ones.", HelpName = "N" };
    private readonly Option<bool> _perClass = new("--per-class") { Description = "Show every class (or column of values) by itself." };
    private readonly Option<bool> _confusion = new("--confusion") { Description = "Show how often each class was taken for each." };
    private readonly Option<string?> _calibration = new("--calibration") { Description = "Draw the reliability diagram to this file.", HelpName = "FILE.svg" };
    private readonly Option<TestTimeAugmentation> _tta = new("--tta") { Description = "Average the predictions for each image over its mirror image, and over moves by so many pixels.", HelpName = TestTimeAugmentation.Usage };
    private readonly Option<int> _batch = new("--batch") { Description = "Images per step; the results do not depend on it.", HelpName = "N", DefaultValueFactory = static _ => new EvaluationOptions().BatchSize };

    public EvaluateCommandOptions()
    {
        _split.DefaultValueFactory = static _ => EvaluationSplit.Test;
        _split.CustomParser = static result => Parsing.OneToken(result, static word => Array.IndexOf(Splits, word) is >= 0 and var index
            ? Enum.GetValues<EvaluationSplit>()[index]
            : throw new ToolchainException(ErrorKind.Usage, $"--split is '{word}'; it takes {string.Join(", ", Splits)}."));
        _tta.DefaultValueFactory = static _ => TestTimeAugmentation.None;
        _tta.CustomParser = static result => Parsing.OneToken(result, TestTimeAugmentation.Parse);
        _batch.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--batch must be at least 1.");
            }
        });
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_split, _topK, _perClass, _confusion, _calibration, _tta, _batch])
        {
            command.Add(option);
        }
    }

    /// <summary>What to collect.</summary>
    /// <exception cref="ToolchainException">A top-k that the classes do not have (<see cref="ErrorKind.Usage"/>).</exception>
    public EvaluationOptions Read(CommandContext context, int classes)
    {
        var topK = context.Get(_topK);
        return topK is < 1 || topK > classes
            ? throw new ToolchainException(ErrorKind.Usage, $"--top-k is {topK}; for {classes} classes it can be 1 to {classes}.")
            : new()
            {
                BatchSize = context.Get(_batch),
                TopK = topK is { } k ? [k] : [],
                Confusion = context.Get(_confusion),
                Augmentation = context.Get(_tta),
            };
    }

    /// <summary>Refuses what only classes have, for data that has none or has them for each pixel.</summary>
    /// <exception cref="ToolchainException">Something was asked for that the task does not have (<see cref="ErrorKind.Usage"/>).</exception>
    public void RequireFit(CommandContext context, DatasetSplits data, IReadOnlyList<ModelVersion> models)
    {
        var task = data.Test.Task;
        Option[] classes = task == ModelTask.Regression ? [_topK, _calibration, _tta, _confusion] : [_topK, _calibration, _tta];
        string[] idle = [.. classes.Where(context.WasGiven).Select(static o => o.Name), .. models.Count > 1 ? (string[])["more than one model"] : []];
        if (idle.Length > 0)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{data.Reference} is for {task.Text()}, which does not take {string.Join(", ", idle)}. Leave out what has no effect.");
        }
    }

    /// <summary>Samples per step.</summary>
    public int ReadBatch(CommandContext context) => context.Get(_batch);

    /// <summary>Whether to show how often each class was taken for each.</summary>
    public bool WantsConfusion(CommandContext context) => context.Get(_confusion);

    /// <summary>The images to measure on.</summary>
    public EvaluationSplit ReadSplit(CommandContext context) => context.Get(_split);

    /// <summary>Whether to show every class.</summary>
    public bool WantsClasses(CommandContext context) => context.Get(_perClass);

    /// <summary>Draws the reliability diagram where one was asked for.</summary>
    /// <returns>Its path, or null.</returns>
    /// <exception cref="ToolchainException">The file cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public string? DrawCalibration(CommandContext context, Calibration calibration, string title)
    {
        if (context.Get(_calibration) is not { } path)
        {
            return null;
        }

        try
        {
            File.WriteAllText(path, ReliabilityDiagram.Svg(calibration, title));
            return path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write the reliability diagram '{path}': {failure.Message}", failure);
        }
    }
}
