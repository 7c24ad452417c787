using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary>What a data set holds, for people and for machines.</summary>
internal sealed class DataDescription(DatasetSplits data)
{
    private readonly ChannelStatistics _statistics = ChannelStatistics.Of(data.Train, All(data.Train));

    /// <summary>Size, content and, of images, mean and deviation.</summary>
    public IEnumerable<string> Lines()
    {
        var (train, outputs) = (data.Train, data.Train.OutputNames.Length);
        var samples = train.Inputs is TableInputs ? $"rows of {train.Channels} columns" : $"images of {train.Channels}x{train.Height}x{train.Width}";
        var targets = train.Task switch
        {
            ModelTask.Classification => $"{outputs} classes",
            ModelTask.Regression => $"to predict {string.Join(", ", train.OutputNames)}",
            ModelTask.Segmentation => $"{outputs} classes of pixels",
            _ => throw new InvalidOperationException($"Unknown task {train.Task}."),
        };
        yield return string.Create(CultureInfo.InvariantCulture, $"{data.Reference}: {train.Count:n0} training and {data.Test.Count:n0} test {samples}, {targets}");
        yield return $"content: sha256 {train.ContentHash} (train), {data.Test.ContentHash} (test)";
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
            ["data"] = data.Reference,
            ["task"] = ModelTasks.Text(data.Train.Task),
            ["channels"] = data.Train.Channels,
            ["height"] = data.Train.Height,
            ["width"] = data.Train.Width,
            ["mean"] = Array(_statistics.Mean),
            ["std"] = Array(_statistics.Std),
            ["train_samples"] = data.Train.Count,
            ["test_samples"] = data.Test.Count,
            ["train_sha256"] = data.Train.ContentHash,
            ["test_sha256"] = data.Test.ContentHash,
        };
        if (data.Train.Inputs is TableInputs table)
        {
            result["columns"] = Display.Json(table.Columns);
        }

        if (data.Train.Task == ModelTask.Regression)
        {
            result["targets"] = Display.Json(data.Train.OutputNames);
            return result;
        }

        var (train, test) = (ClassWeights.Count(data.Train, All(data.Train)), ClassWeights.Count(data.Test, All(data.Test)));
        result["classes"] = new JsonArray([.. data.Train.ClassNames.Select((name, i) => new JsonObject { ["name"] = name, ["train"] = train[i], ["test"] = test[i] })]);
        return result;
    }

    private IEnumerable<string[]> Columns()
    {
        if (data.Train.Inputs is TableInputs table)
        {
            yield return ["column", "name", "mean", "deviation"];
            for (var i = 0; i < table.Channels; i++)
            {
                yield return [$"{i}", table.Columns[i], Number(_statistics.Mean[i]), Number(_statistics.Std[i])];
            }
        }

        if (data.Train.Targets is ValueTargets values)
        {
            var targets = new Dataset(data.Train.Name, new TableInputs(values.Values.ToArray(), values.Names), values);
            var statistics = ChannelStatistics.Of(targets, All(targets));
            for (var i = 0; i < values.Names.Length; i++)
            {
                yield return ["target", values.Names[i], Number(statistics.Mean[i]), Number(statistics.Std[i])];
            }
        }
    }

    private IEnumerable<string[]> Classes()
    {
        if (data.Train.Task == ModelTask.Regression)
        {
            yield break;
        }

        var unit = data.Train.Task == ModelTask.Segmentation ? " pixels" : "";
        yield return ["class", "name", $"train{unit}", $"test{unit}"];
        var (train, test) = (ClassWeights.Count(data.Train, All(data.Train)), ClassWeights.Count(data.Test, All(data.Test)));
        for (var i = 0; i < train.Length; i++)
        {
            yield return [$"{i}", data.Train.ClassNames[i], $"{train[i]}", $"{test[i]}"];
        }
    }

    private static int[] All(Dataset dataset) => [.. Enumerable.Range(0, dataset.Count)];

    private static JsonArray Array(IEnumerable<float> values) => new([.. values.Select(static v => (JsonNode)v)]);

    private static string Numbers(IEnumerable<float> values) => string.Join(", ", values.Select(static v => v.ToString("f4", CultureInfo.InvariantCulture)));

    private static string Number(float value) => value.ToString("g6", CultureInfo.InvariantCulture);
}
