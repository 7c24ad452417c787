using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Toolchain.Train.Loop;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sweeps;
using Toolchain.Train.Tensorboard.Schema;

namespace Toolchain.Train.Tensorboard;

/// <summary>A run's settings for TensorBoard's hyper-parameter table: each run is one session of the plugin <c>hparams</c>.</summary>
internal static class HyperParameters
{
    private const string Plugin = "hparams";

    /// <summary>The settings of a run by name: what a sweep varies first, then the network with its arguments, the size of its images, the seed, and the recipe.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Of(RunStart start)
    {
        var data = start.Data.Splits.Train;
        var all = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            [SweepParameter.Network] = JsonSerializer.SerializeToElement(start.Network),
            [SweepParameter.ImageSize] = JsonSerializer.SerializeToElement(new ImageExtent(data.Height, data.Width).ToString()),
            [SweepParameter.Seed] = JsonSerializer.SerializeToElement(start.Recipe.Seed),
        };
        foreach (var (name, text) in start.Arguments)
        {
            all[SweepParameter.OfArgument(name)] = Argument(text);
        }

        foreach (var (key, value) in WrittenRecipe.Of(start.Recipe, start.Weights.Mode))
        {
            all[key] = value;
        }

        return new OrderedDictionary<string, JsonElement>(start.Varied.Concat(all.Keys).Distinct().Select(key => KeyValuePair.Create(key, all[key])), StringComparer.Ordinal);
    }

    /// <summary>What the table has, at the run's beginning: its columns, and the settings of this run.</summary>
    /// <param name="settings">The settings by name.</param>
    /// <param name="metrics">The tags of the scalars that are results.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="time">Seconds since 1970.</param>
    public static IEnumerable<Summary.Types.Value> Begin(IReadOnlyDictionary<string, JsonElement> settings, IEnumerable<string> metrics, string model, double time)
    {
        var experiment = new Experiment { Name = model };
        var session = new SessionStartInfo { ModelUri = model, StartTimeSecs = time };
        foreach (var (name, value) in settings)
        {
            var (type, written) = Setting(value);
            experiment.HparamInfos.Add(new HParamInfo { Name = name, Type = type });
            session.Hparams.Add(name, written);
        }

        experiment.MetricInfos.AddRange(metrics.Select(static tag => new MetricInfo { Name = new() { Tag = tag } }));
        return [Data("experiment", new() { Experiment = experiment }), Data("session_start_info", new() { SessionStartInfo = session })];
    }

    /// <summary>What the table has at the run's end.</summary>
    /// <param name="success">Whether the training came to its end.</param>
    /// <param name="time">Seconds since 1970.</param>
    public static Summary.Types.Value End(bool success, double time) => Data(
        "session_end_info", new() { SessionEndInfo = new() { Status = success ? Schema.Status.Success : Schema.Status.Failure, EndTimeSecs = time } });

    private static Summary.Types.Value Data(string tag, HParamsPluginData data) => new()
    {
        Tag = $"_hparams_/{tag}",
        Metadata = new() { PluginData = new() { PluginName = Plugin, Content = data.ToByteString() } },
    };

    // Arguments are texts, and a number among them should be drawn on an axis.
    private static JsonElement Argument(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonSerializer.SerializeToElement(number)
        : bool.TryParse(text, out var flag) ? JsonSerializer.SerializeToElement(flag)
        : JsonSerializer.SerializeToElement(text);

    private static (DataType Type, Value Value) Setting(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => (DataType.Float64, Value.ForNumber(value.GetDouble())),
        JsonValueKind.True or JsonValueKind.False => (DataType.Bool, Value.ForBool(value.GetBoolean())),
        JsonValueKind.String => (DataType.String, Value.ForString(value.GetString()!)),
        _ => (DataType.String, Value.ForString(value.GetRawText())),
    };
}
