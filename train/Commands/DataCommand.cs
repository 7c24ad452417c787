using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>train data DATA</c>: what a data set holds; <c>--samples</c> writes some of its test images, and their masks, as PNG files.</summary>
internal sealed class DataCommand : ToolCommand
{
    private readonly Argument<string> _data = new("DATA") { Description = $"The data set: {DataOption.Known}." };
    private readonly Option<string?> _samples = new("--samples") { Description = "Write test images to this folder, named by number and label.", HelpName = "DIR" };
    private readonly Option<int> _count = new("--count") { Description = "How many test images --samples writes, one of each class in turn.", HelpName = "N", DefaultValueFactory = static _ => 10 };

    public DataCommand()
        : base("data", "Show what a data set holds, and write some of its images as PNG files.", "data fashion-mnist", "data fashion-mnist --samples samples --count 20", "data csv:prices.csv")
    {
        Add(_data);
        Add(_samples);
        Add(_count);
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

        var data = DatasetCatalog.Open(context.Get(_data));
        if (context.WasGiven(_samples) && data.Test.Inputs is not ImageInputs)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--samples writes images, but {data.Reference} is a table. Leave it out.");
        }

        var description = new DataDescription(data);
        var console = context.Console;
        foreach (var line in description.Lines())
        {
            console.Line(line);
        }

        foreach (var table in description.Tables())
        {
            console.Table(table);
        }

        var written = context.Get(_samples) is { } folder ? SampleImages.Write(data.Test, folder, context.Get(_count)) : [];
        if (written.Count > 0)
        {
            console.Line($"wrote {Display.Count(written.Count, "test image")} to {context.Get(_samples)}");
        }

        var result = description.Result();
        result["samples"] = new JsonArray([.. written.Select(static f => (JsonNode)f)]);
        console.Result(result);
        return Task.FromResult(ExitCode.Ok);
    }
}
