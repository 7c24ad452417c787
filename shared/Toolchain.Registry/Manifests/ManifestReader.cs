using System.Text.Json;

namespace Toolchain.Registry;

/// <summary>Manifests out of JSON: the counterpart of <see cref="ManifestContext"/>, which writes them.</summary>
internal static class ManifestReader
{
    /// <summary>Reads a manifest of any schema.</summary>
    /// <exception cref="JsonException">A field is missing, unknown, or not what it should be.</exception>
    public static ModelManifest Read(JsonElement json) => JsonFields.Of(json, "", static manifest => new ModelManifest
    {
        SchemaVersion = manifest.Int32("schema_version"),
        Created = manifest.Time("created"),
        Task = manifest.Text("task"),
        Network = manifest.OptionalObject("network", Network),
        Import = manifest.OptionalObject("import", Import),
        Preprocessing = manifest.Object("preprocessing", Preprocessing),
        Labels = manifest.Texts("labels"),
        Training = manifest.OptionalObject("training", Training),
        Metrics = manifest.Map("metrics", static (splits, name) => splits.Object(name, Metrics)),
        Parents = manifest.Objects("parents", Parent),
        Tool = manifest.Object("tool", static tool => new ToolSpec(tool.Text("version"), tool.OptionalText("commit"))),
        Artifacts = manifest.Objects("artifacts", Artifact),
    });

    private static NetworkSpec Network(JsonFields network) => new()
    {
        Name = network.Text("name"),
        Arguments = network.Map("arguments", static (arguments, name) => arguments.Text(name)),
        Edits = network.OptionalTexts("edits"),
    };

    private static ImportSpec Import(JsonFields import) => new(import.Text("file"), import.Text("sha256"), import.OptionalText("producer"));

    private static Preprocessing Preprocessing(JsonFields preprocessing) => new(
        preprocessing.Int32("channels"), preprocessing.Int32("height"), preprocessing.Int32("width"), [.. preprocessing.Singles("mean")], [.. preprocessing.Singles("std")])
    {
        Samples = preprocessing.TextOr("samples", "pixels") switch
        {
            "pixels" => SampleKind.Pixels,
            "numbers" => SampleKind.Numbers,
            _ => throw preprocessing.Refused("samples", "\"pixels\" or \"numbers\""),
        },
    };

    private static TrainingSpec Training(JsonFields training) => new()
    {
        Recipe = training.Map("recipe", static (recipe, name) => recipe.Any(name)),
        Data = training.Object("data", Data),
        Seed = training.Int64("seed"),
        Engine = training.Object("engine", static engine => new EngineSpec(engine.Text("name"), engine.Text("version"))),
        Device = training.Text("device"),
        Threads = training.Int32("threads"),
        Processor = training.OptionalObject("processor", static processor => new ProcessorSpec(processor.Text("name"), processor.Text("instructions"))),
        Edits = training.OptionalTexts("edits"),
        FreshHead = training.Flag("fresh_head"),
        Snapshot = training.OptionalInt32("snapshot"),
    };

    private static DataSpec Data(JsonFields data) => new()
    {
        Reference = data.Text("reference"),
        ContentHash = data.Text("content_hash"),
        TestHash = data.OptionalText("test_hash"),
        Counts = data.Map("counts", static (counts, name) => counts.Int64(name)),
        Split = data.OptionalObject("split", Split),
        ImageSize = data.OptionalText("image_size"),
        Skipped = data.OptionalInt32("skipped"),
    };

    private static SplitSpec Split(JsonFields split) => new(split.Text("method"), split.Text("hash"))
    {
        Seed = split.OptionalInt64("seed"),
        Folds = split.OptionalInt32("folds"),
        Fold = split.OptionalInt32("fold"),
        File = split.OptionalText("file"),
    };

    private static SplitMetrics Metrics(JsonFields metrics) => new(metrics.Int64("images"), metrics.OptionalDouble("accuracy"), metrics.OptionalDouble("loss"))
    {
        Values = metrics.OptionalMap("values", static (values, name) => values.Double(name)),
    };

    private static ParentSpec Parent(JsonFields parent) => new(parent.Text("reference"), parent.Text("role"))
    {
        Weight = parent.OptionalDouble("weight"),
        Sha256 = parent.OptionalText("sha256"),
    };

    private static ArtifactManifest Artifact(JsonFields artifact) => new()
    {
        Kind = artifact.Text("kind"),
        File = artifact.Text("file"),
        Bytes = artifact.Int64("bytes"),
        Sha256 = artifact.Text("sha256"),
        Created = artifact.Time("created"),
        Precision = artifact.OptionalText("precision"),
        Opset = artifact.OptionalInt32("opset"),
        Inputs = artifact.Objects("inputs", Tensor),
        Outputs = artifact.Objects("outputs", Tensor),
        Parity = artifact.OptionalObject("parity", static parity => new ParitySpec(parity.Double("max_abs_error"), parity.Double("tolerance"))),
        Accuracy = artifact.OptionalDouble("accuracy"),
    };

    private static TensorSpec Tensor(JsonFields tensor) => new(tensor.Text("name"), tensor.Text("type"), tensor.Text("shape"));
}
