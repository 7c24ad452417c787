using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Commands;

/// <summary>
/// <c>train data DATA</c>: what a data set holds, and what occurs in it more than once; <c>--samples</c> writes some of its test images, <c>--sheet</c> a picture
/// of many, and <c>--write-split</c> what each sample is for.
/// </summary>
internal sealed class DataCommand : ToolCommand
{
    private readonly Argument<string> _data = new("DATA") { Description = $"The data set: {DataOption.Known}." };
    private readonly Option<string?> _samples = new("--samples") { Description = "Write test images to this folder, named by number and label.", HelpName = "DIR" };
    private readonly Option<int> _count = new("--count") { Description = "How many test images --samples writes, one of each class in turn.", HelpName = "N", DefaultValueFactory = static _ => 10 };
    private readonly Option<string?> _sheet = new("--sheet") { Description = "Draw training images into this file, a row for each class.", HelpName = "FILE.png" };
    private readonly Option<double> _validation = new("--validation") { Description = "The share of the training samples that is for validation.", HelpName = "X", DefaultValueFactory = static _ => new SplitPlan().Share };
    private readonly Option<string?> _writeSplit = new("--write-split") { Description = "Write what each sample is for, as --split reads it.", HelpName = "FILE.csv" };
    private readonly SeedOption _seed = new();
    private readonly DivisionOptions _division = new();
    private readonly DataReadingOptions _reading = new();

    public DataCommand()
        : base(
            "data",
            "Show what a data set holds, find duplicates, write some of its images, and write how it is divided.",
            "data fashion-mnist",
            "data folder:flowers --image-size 128x128 --sheet flowers.png",
            "data folder:flowers --folds 5 --fold 1 --write-split fold1.csv",
            "data csv:prices.csv")
    {
        Add(_data);
        foreach (var option in (Option[])[_samples, _count, _sheet])
        {
            Add(option);
        }

        _reading.AddTo(this);
        Add(_validation);
        _division.AddTo(this);
        Add(_seed);
        Add(_writeSplit);
        _count.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--count must be at least 1.");
            }
        });
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.WasGiven(_count) && context.Get(_samples) is null)
        {
            throw new ToolchainException(ErrorKind.Usage, "--count belongs to --samples. Leave out what has no effect.");
        }

        var plan = _division.Read(context, context.WasGiven(_validation)) with { Share = context.Get(_validation), Seed = context.Get(_seed) };
        var divided = plan.Divide(DatasetCatalog.Open(context.Get(_data), _reading.Read(context, cancellationToken)));
        var data = divided.Data;
        if (data.Test.Inputs is not ImageInputs && (context.WasGiven(_samples) ? _samples : context.WasGiven(_sheet) ? _sheet : null) is { } picture)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{picture.Name} writes images, but {data.Reference} is a table. Leave it out.");
        }

        data.Warn(context.Console);
        var description = new DataDescription(divided);
        var duplicates = data.Train.Inputs is ImageInputs ? new DuplicateDescription(data, DuplicateReport.Of(data)) : null;
        Show(context.Console, description, duplicates);
        var result = description.Result();
        result["duplicates"] = duplicates?.Result();
        result["samples"] = Display.Json(Write(context, divided));
        context.Console.Result(result);
        return Task.FromResult(ExitCode.Ok);
    }

    private static void Show(CommandConsole console, DataDescription description, DuplicateDescription? duplicates)
    {
        foreach (var line in (IEnumerable<string>)[.. description.Lines(), .. duplicates?.Lines() ?? []])
        {
            console.Line(line);
        }

        foreach (var table in (IEnumerable<List<string[]>>)[.. duplicates?.Tables() ?? [], .. description.Tables()])
        {
            console.Table(table);
        }
    }

    private List<string> Write(CommandContext context, DividedData divided)
    {
        var (console, data) = (context.Console, divided.Data);
        var written = context.Get(_samples) is { } folder ? SampleImages.Write(data.Test, folder, context.Get(_count)) : [];
        if (written.Count > 0)
        {
            console.Line($"wrote {Display.Count(written.Count, "test image")} to {context.Get(_samples)}");
        }

        if (context.Get(_sheet) is { } sheet)
        {
            console.Line($"drew {Display.Count(SampleSheet.Write(data.Train, sheet), "training image")} into {sheet}");
        }

        if (context.Get(_writeSplit) is { } split)
        {
            SplitFile.Write(split, divided);
            console.Line($"wrote what {Display.Count(data.Train.Count + data.Test.Count, "sample")} are for to {split}");
        }

        return written;
    }
}
