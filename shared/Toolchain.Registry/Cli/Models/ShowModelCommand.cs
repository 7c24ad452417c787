using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Toolchain.Registry.Cli;

/// <summary><c>models show REF</c>: everything known about one version.</summary>
internal sealed class ShowModelCommand : ToolCommand
{
    private readonly ReferenceArgument reference = new();
    private readonly ModelsOption models = new();

    public ShowModelCommand()
        : base("show", "Shows where a version comes from, how good it is, and its artifacts.", "models show mnist@production")
    {
        Add(reference);
        Add(models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var version = context.Registry(models).Resolve(context.Get(reference));
        context.Console.Table(Facts(version));
        context.Console.Line();
        context.Console.Table(Artifacts(version.Manifest));
        context.Console.Result(new JsonObject
        {
            ["model"] = version.ToString(),
            ["folder"] = version.Folder,
            ["manifest"] = JsonNode.Parse(ManifestFile.Write(version.Manifest)),
        });
        return Task.FromResult(ExitCode.Ok);
    }

    private static IReadOnlyList<string>[] Facts(ModelVersion version)
    {
        var manifest = version.Manifest;
        return
        [
            ["model", version.ToString()],
            ["folder", version.Folder],
            ["created", Display.Time(manifest.Created)],
            ["task", manifest.Task],
            ["network", manifest.Network is { } network ? Words([network.Name, .. network.Arguments.Select(argument => $"{argument.Key}={argument.Value}")]) : Display.Origin(manifest)],
            ["input", Display.Input(manifest.Preprocessing)],
            ["mean, std", $"{Numbers(manifest.Preprocessing.Mean)}, {Numbers(manifest.Preprocessing.Std)}"],
            ["labels", manifest.Labels.Count == 0 ? "-" : $"{manifest.Labels.Count}: {string.Join(", ", manifest.Labels)}"],
            .. manifest.Training is { } training ? Facts(training) : [],
            .. manifest.Metrics.Select(split => (string[])[split.Key, Metrics(split.Value)]),
            .. manifest.Parents.Select(parent => (string[])["parent", $"{parent.Reference} ({parent.Role}{(parent.Weight is { } weight ? $", weight {Display.Number(weight)}" : "")})"]),
            ["tool", manifest.Tool.Commit is { } commit ? $"{manifest.Tool.Version} ({commit})" : manifest.Tool.Version],
        ];
    }

    private static string Metrics(SplitMetrics metrics) => string.Join(", ",
    [
        .. metrics.Accuracy is { } accuracy ? (string[])[$"accuracy {Display.Percent(accuracy)}"] : [],
        $"loss {Display.Number(metrics.Loss)}",
        .. (metrics.Values ?? ImmutableDictionary<string, double>.Empty).Select(static value => $"{value.Key} {Display.Number(value.Value)}"),
        $"{metrics.Images} images",
    ]);

    private static string[][] Facts(TrainingSpec training) =>
    [
        ["data", Words([training.Data.Reference, .. training.Data.Counts.Select(count => $"{count.Key}={count.Value}")])],
        ["data hash", training.Data.ContentHash],
        .. training.Data.Split is { } split ? (string[][])[["split", Split(split)]] : [],
        .. training.Data.Skipped is { } skipped ? (string[][])[["left out", Display.Count(skipped, "unreadable file")]] : [],
        ["recipe", Words(training.Recipe.Select(setting => $"{setting.Key}={Setting(setting.Value)}"))],
        ["run", $"seed {training.Seed}, {training.Engine.Name} {training.Engine.Version}, {training.Device}, {Display.Count(training.Threads, "thread")}"],
    ];

    private static string Split(SplitSpec split) => string.Join(", ",
    [
        split.Method,
        .. split.Folds is { } folds ? (string[])[$"fold {split.Fold} of {folds}"] : [],
        .. split.Seed is { } seed ? (string[])[$"seed {seed}"] : [],
        .. split.File is { } file ? (string[])[file] : [],
        split.Hash,
    ]);

    private static IReadOnlyList<string>[] Artifacts(ModelManifest manifest) =>
    [
        ["artifact", "kind", "precision", "opset", "size", "max error", "accuracy", "sha256", "inputs → outputs"],
        .. manifest.Artifacts.Select(artifact => (string[])
        [
            artifact.File,
            artifact.Kind,
            artifact.Precision ?? "-",
            artifact.Opset?.ToString(CultureInfo.InvariantCulture) ?? "-",
            Display.Bytes(artifact.Bytes),
            Display.Number(artifact.Parity?.MaxAbsError),
            Display.Percent(artifact.Accuracy),
            artifact.Sha256[..12],
            artifact.Outputs.Count == 0 ? "-" : $"{Tensors(artifact.Inputs)} → {Tensors(artifact.Outputs)}",
        ]),
    ];

    private static string Setting(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : JsonSerializer.Serialize(value);

    private static string Tensors(IReadOnlyList<TensorSpec> tensors)
        => string.Join(", ", tensors.Select(tensor => $"{tensor.Name} {tensor.Type} {tensor.Shape}"));

    private static string Words(IEnumerable<string> words) => string.Join(' ', words);

    private static string Numbers(IEnumerable<float> values) => $"[{string.Join(' ', values.Select(value => value.ToString("0.####", CultureInfo.InvariantCulture)))}]";
}
