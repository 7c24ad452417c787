using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Toolchain.Train.Tensorboard.Schema;

namespace Toolchain.Train.Tensorboard;

/// <summary>A run's settings for TensorBoard's hyper-parameter table: each run is one session of the plugin <c>hparams</c>.</summary>
internal static class HyperParameters
{
    private const string Plugin = "hparams";

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
    /// <param name="success">Whether a model was published.</param>
    /// <param name="time">Seconds since 1970.</param>
    public static Summary.Types.Value End(bool success, double time) => Data(
        "session_end_info", new() { SessionEndInfo = new() { Status = success ? Schema.Status.Success : Schema.Status.Failure, EndTimeSecs = time } });

    private static Summary.Types.Value Data(string tag, HParamsPluginData data) => new()
    {
        Tag = $"_hparams_/{tag}",
        Metadata = new() { PluginData = new() { PluginName = Plugin, Content = data.ToByteString() } },
    };

    private static (DataType Type, Value Value) Setting(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => (DataType.Float64, Value.ForNumber(value.GetDouble())),
        JsonValueKind.True or JsonValueKind.False => (DataType.Bool, Value.ForBool(value.GetBoolean())),
        JsonValueKind.String => (DataType.String, Value.ForString(value.GetString()!)),
        _ => (DataType.String, Value.ForString(value.GetRawText())),
    };
}
