using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Exporting;

/// <summary>
/// What an exported file's <c>metadata_props</c> say, so that the file alone is enough: what its outputs mean, how an image becomes its input, and
/// the way back to the data and the seed. Nothing in it depends on when or where the export ran, so equal exports are equal files.
/// </summary>
internal static class ModelMetadata
{
    /// <summary>The classes' names in the order of the logits, or the names of a regression's values; empty where they are not known: a JSON array.</summary>
    public const string Labels = "labels";

    /// <summary>
    /// Channels, height, width, and mean and standard deviation per channel on the 0..1 scale; of tables <c>samples</c> is <c>numbers</c>, and both are in
    /// the columns' units: a JSON object.
    /// </summary>
    public const string Preprocessing = "preprocessing";

    /// <summary>What the model does, for example <c>classification</c>; <c>features</c> where it gives values from inside a network.</summary>
    public const string Task = "task";

    /// <summary>The nodes whose values the file gives, in the order of its outputs; only where it gives values from inside a network: a JSON array.</summary>
    public const string Nodes = "nodes";

    private const string Features = "features";

    /// <summary>The version that it was exported from: <c>name:3</c>; <c>name</c> alone in a file that was published together with it, such as an ensemble.</summary>
    public const string Model = "model";

    /// <summary>Network, arguments and edits, imported file, data set, content hash, seed, tool version and hash of the trained graph, as far as they are known: a JSON object.</summary>
    public const string Lineage = "lineage";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The metadata of an export.</summary>
    /// <param name="version">The version.</param>
    /// <param name="graph">The trained graph's artifact.</param>
    /// <param name="preprocessing">How samples become its input.</param>
    /// <param name="outputsAt">Nodes whose values it gives; none for the whole model.</param>
    public static IReadOnlyDictionary<string, string> Of(ModelVersion version, ArtifactManifest graph, Preprocessing preprocessing, EquatableArray<string> outputsAt)
    {
        var whole = Of(version.ToString(), version.Manifest with { Preprocessing = preprocessing }, graph);
        return outputsAt.IsEmpty ? whole : new SortedDictionary<string, string>(whole.ToDictionary(), StringComparer.Ordinal) { [Labels] = "[]", [Task] = Features, [Nodes] = Text(Display.Json(outputsAt)) };
    }

    /// <summary>The metadata of an export that is part of a new version, whose number nobody knows before it is published.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="graph">The trained graph's artifact.</param>
    public static IReadOnlyDictionary<string, string> Of(string model, ModelManifest manifest, ArtifactManifest graph) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Labels] = Text(Display.Json(manifest.Labels)),
        [Preprocessing] = Text(PreprocessingOf(manifest.Preprocessing)),
        [Task] = manifest.Task,
        [Model] = model,
        [Lineage] = Text(LineageOf(manifest, graph)),
    };

    private static JsonObject PreprocessingOf(Preprocessing preprocessing)
    {
        var json = new JsonObject
        {
            ["channels"] = preprocessing.Channels,
            ["height"] = preprocessing.Height,
            ["width"] = preprocessing.Width,
            ["mean"] = Numbers(preprocessing.Mean),
            ["std"] = Numbers(preprocessing.Std),
        };
        if (preprocessing.Samples == SampleKind.Numbers)
        {
            json["samples"] = ModelTensors.Numbers;
        }

        return json;
    }

    private static JsonObject LineageOf(ModelManifest manifest, ArtifactManifest graph)
    {
        var lineage = new JsonObject();
        if (manifest.Network is { } network)
        {
            lineage["network"] = network.Name;
            lineage["arguments"] = new JsonObject(network.Arguments.Select(static a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value)));
            if (network.Edits.Count > 0)
            {
                lineage["edits"] = Display.Json(network.Edits);
            }
        }

        if (manifest.Import is { } import)
        {
            lineage["file"] = import.File;
            lineage["file_sha256"] = import.Sha256;
        }

        if (manifest.Training is { } training)
        {
            lineage["data"] = training.Data.Reference;
            lineage["data_content_hash"] = training.Data.ContentHash;
            lineage["seed"] = training.Seed;
        }

        if (manifest.Parents.Count > 0)
        {
            lineage["parents"] = Display.Json(manifest.Parents.Select(static p => p.Reference));
        }

        lineage["tool_version"] = manifest.Tool.Version;
        lineage["graph_sha256"] = graph.Sha256;
        return lineage;
    }

    private static string Text(JsonNode node) => node.ToJsonString(Readable);

    private static JsonArray Numbers(IEnumerable<float> values) => new([.. values.Select(static v => (JsonNode)v)]);
}
