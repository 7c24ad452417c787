using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Toolchain.Data;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>train data DATA</c>: what a data set holds; <c>--samples</c> writes some of its test images as PNG files.</summary>
internal sealed partial class DataCommand : ToolCommand
{
    private readonly Argument<string> _data = new("DATA") { Description = $"The data set: {DataOption.Known}." };
    private readonly Option<string?> _samples = new("--samples") { Description = "Write test images to this folder, named by number and label.", HelpName = "DIR" };
    private readonly Option<int> _count = new("--count") { Description = "How many test images --samples writes, one of each class in turn.", HelpName = "N", DefaultValueFactory = static _ => 10 };

    public DataCommand()
        : base("data", "Show what a data set holds, and write some of its images as PNG files.", "data fashion-mnist", "data fashion-mnist --samples samples --count 20")
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
        var statistics = ChannelStatistics.Of(data.Train, Enumerable.Range(0, data.Train.Count).ToArray());
        var console = context.Console;
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Reference}: {data.Train.Count:n0} training and {data.Test.Count:n0} test images of {data.Train.Channels}x{data.Train.Height}x{data.Train.Width}, {data.Train.ClassNames.Length} classes"));
        console.Line($"content: sha256 {data.Train.ContentHash} (train), {data.Test.ContentHash} (test)");
        console.Line($"training mean {Numbers(statistics.Mean)}, standard deviation {Numbers(statistics.Std)} on the 0..1 scale");
        var (train, test) = (CountClasses(data.Train), CountClasses(data.Test));
        console.Table([["class", "name", "train", "test"], .. data.Train.ClassNames.Select((name, i) => (string[])[$"{i}", name, $"{train[i]}", $"{test[i]}"])]);
        var written = context.Get(_samples) is { } folder ? WriteSamples(data.Test, folder, context.Get(_count)) : [];
        if (written.Count > 0)
        {
            console.Line($"wrote {written.Count} test images to {context.Get(_samples)}");
        }

        console.Result(new JsonObject
        {
            ["data"] = data.Reference,
            ["classes"] = new JsonArray([.. data.Train.ClassNames.Select((name, i) => new JsonObject { ["name"] = name, ["train"] = train[i], ["test"] = test[i] })]),
            ["channels"] = data.Train.Channels,
            ["height"] = data.Train.Height,
            ["width"] = data.Train.Width,
            ["mean"] = new JsonArray([.. statistics.Mean.Select(static m => (JsonNode)m)]),
            ["std"] = new JsonArray([.. statistics.Std.Select(static s => (JsonNode)s)]),
            ["train_sha256"] = data.Train.ContentHash,
            ["test_sha256"] = data.Test.ContentHash,
            ["samples"] = new JsonArray([.. written.Select(static f => (JsonNode)f)]),
        });
        return Task.FromResult(ExitCode.Ok);
    }

    private static List<string> WriteSamples(Dataset images, string folder, int count)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return [.. OneOfEachInTurn(images).Take(count).Select(index =>
            {
                var path = Path.Combine(folder, $"{index.ToString("d4", CultureInfo.InvariantCulture)}-{FileName(images.ClassNames[images.Labels[index]])}.png");
                File.WriteAllBytes(path, ImageEncoder.Png(images.Image(index), images.Height, images.Width, images.Channels));
                return path;
            })];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write samples to '{folder}': {failure.Message}", failure);
        }
    }

    private static IEnumerable<int> OneOfEachInTurn(Dataset images)
    {
        var labels = images.Labels.ToArray();
        return Enumerable.Range(0, images.Count)
            .GroupBy(i => labels[i])
            .SelectMany(static group => group.Select(static (index, rank) => (index, rank)))
            .OrderBy(static p => p.rank).ThenBy(p => labels[p.index])
            .Select(static p => p.index);
    }

    private static int[] CountClasses(Dataset images)
    {
        var counts = new int[images.ClassNames.Length];
        foreach (var label in images.Labels)
        {
            counts[label]++;
        }

        return counts;
    }

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(static v => v.ToString("f4", CultureInfo.InvariantCulture)));

    private static string FileName(string label) => Unsafe().Replace(label.ToLowerInvariant(), "-").Trim('-');

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Unsafe();
}
