using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary>What a data set holds, for people and for machines.</summary>
internal sealed class DataDescription(DividedData divided)
{
    private readonly DatasetSplits _data = divided.Data;

    private readonly ChannelStatistics _statistics = ChannelStatistics.Of(divided.Data.Train, All(divided.Data.Train));

    /// <summary>Size, content and, of images, mean and deviation.</summary>
    public IEnumerable<string> Lines()
    {
        var (train, outputs) = (_data.Train, _data.Train.OutputNames.Length);
        var samples = train.Inputs is TableInputs ? $"rows of {train.Channels} columns" : $"images of {train.Channels}x{train.Height}x{train.Width}";
        var targets = train.Task switch
        {
            ModelTask.Classification => $"{outputs} classes",
            ModelTask.Regression => $"to predict {string.Join(", ", train.OutputNames)}",
            ModelTask.Segmentation => $"{outputs} classes of pixels",
            _ => throw new InvalidOperationException($"Unknown task {train.Task}."),
        };
        yield return string.Create(CultureInfo.InvariantCulture, $"{_data.Reference}: {train.Count:n0} training and {_data.Test.Count:n0} test {samples}, {targets}");
        yield return string.Create(CultureInfo.InvariantCulture, $"division of the training samples: {divided.Split.Train.Length:n0} to learn from, {divided.Split.Validation.Length:n0} for validation ({divided.Method})");
        if (_data.Sizes is [var most, ..] sizes)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"files of {sizes.Length} {(sizes.Length == 1 ? "size" : "sizes")}: {most.Files:n0} of {most.Height}x{most.Width}{(sizes.Length > 1 ? $", from {sizes.MinBy(Area)!.Height}x{sizes.MinBy(Area)!.Width} to {sizes.MaxBy(Area)!.Height}x{sizes.MaxBy(Area)!.Width}" : "")}");
        }

        yield return $"content: sha256 {train.ContentHash} (train), {_data.Test.ContentHash} (test)";
        if (train.Inputs is ImageInputs)
        {
            yield return $"training mean {Numbers(_statistics.Mean)}, standard deviation {Numbers(_statistics.Std)} on the 0..1 scale";
        }
    }

    /// <summary>A table with a row per column, and one with a row per class; those that the data has.</summary>
    public IEnumerable<List<string[]>> Tables() => ((List<string[]>[])[[.. Columns()], [.. Classes()]]).Where(static table => table.Count > 0);

    /// <summary>The same as JSON.</summary>
    public JsonObject Result()
    {
        var result = new JsonObject
        {
            ["data"] = _data.Reference,
            ["task"] = ModelTasks.Text(_data.Train.Task),
            ["channels"] = _data.Train.Channels,
            ["height"] = _data.Train.Height,
            ["width"] = _data.Train.Width,
            ["mean"] = Array(_statistics.Mean),
            ["std"] = Array(_statistics.Std),
            ["train_samples"] = _data.Train.Count,
            ["test_samples"] = _data.Test.Count,
            ["validation_samples"] = divided.Split.Validation.Length,
            ["split"] = divided.Method,
            ["split_sha256"] = divided.Hash,
            ["sizes"] = new JsonArray([.. _data.Sizes.Select(static s => new JsonObject { ["height"] = s.Height, ["width"] = s.Width, ["files"] = s.Files })]),
            ["skipped"] = Display.Json(_data.Skipped),
            ["train_sha256"] = _data.Train.ContentHash,
            ["test_sha256"] = _data.Test.ContentHash,
        };
        if (_data.Train.Inputs is TableInputs table)
        {
            result["columns"] = Display.Json(table.Columns);
        }

        if (_data.Train.Task == ModelTask.Regression)
        {
            result["targets"] = Display.Json(_data.Train.OutputNames);
            return result;
        }

        var (train, test) = (ClassWeights.Count(_data.Train, All(_data.Train)), ClassWeights.Count(_data.Test, All(_data.Test)));
        result["classes"] = new JsonArray([.. _data.Train.ClassNames.Select((name, i) => new JsonObject { ["name"] = name, ["train"] = train[i], ["test"] = test[i] })]);
        return result;
    }

    private IEnumerable<string[]> Columns()
    {
        if (_data.Train.Inputs is TableInputs table)
        {
            yield return ["column", "name", "mean", "deviation"];
            for (var i = 0; i < table.Channels; i++)
            {
                yield return [$"{i}", table.Columns[i], Number(_statistics.Mean[i]), Number(_statistics.Std[i])];
            }
        }

        if (_data.Train.Targets is ValueTargets values)
        {
            var targets = new Dataset(_data.Train.Name, new TableInputs(values.Values.ToArray(), values.Names), values);
            var statistics = ChannelStatistics.Of(targets, All(targets));
            for (var i = 0; i < values.Names.Length; i++)
            {
                yield return ["target", values.Names[i], Number(statistics.Mean[i]), Number(statistics.Std[i])];
            }
        }
    }

    private IEnumerable<string[]> Classes()
    {
        if (_data.Train.Task == ModelTask.Regression)
        {
            yield break;
        }

        var unit = _data.Train.Task == ModelTask.Segmentation ? " pixels" : "";
        yield return ["class", "name", $"train{unit}", $"test{unit}"];
        var (train, test) = (ClassWeights.Count(_data.Train, All(_data.Train)), ClassWeights.Count(_data.Test, All(_data.Test)));
        for (var i = 0; i < train.Length; i++)
        {
            yield return [$"{i}", _data.Train.ClassNames[i], $"{train[i]}", $"{test[i]}"];
        }
    }

    private static long Area(SizeCount size) => (long)size.Height * size.Width;

    private static int[] All(Dataset dataset) => [.. Enumerable.Range(0, dataset.Count)];

    private static JsonArray Array(IEnumerable<float> values) => new([.. values.Select(static v => (JsonNode)v)]);

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(static v => v.ToString("f4", CultureInfo.InvariantCulture)));

    private static string Number(float value) => value.ToString("g6", CultureInfo.InvariantCulture);
}
