using System.Globalization;
using Spectre.Console;
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
        context.Console.Out.Write(Facts(version));
        context.Console.Line();
        context.Console.Out.Write(Artifacts(version.Manifest));
        context.Console.Result(new JsonObject
        {
            ["model"] = version.ToString(),
            ["folder"] = version.Folder,
            ["manifest"] = JsonNode.Parse(ManifestFile.Write(version.Manifest)),
        });
        return Task.FromResult(ExitCode.Ok);
    }

    private static Table Facts(ModelVersion version)
    {
        var manifest = version.Manifest;
        var table = Display.Table();
        table.Row("model", version.ToString());
        table.Row("folder", version.Folder);
        table.Row("created", Display.Time(manifest.Created));
        table.Row("task", manifest.Task);
        table.Row("network", manifest.Network is { } network ? Words([network.Name, .. network.Arguments.Select(argument => $"{argument.Key}={argument.Value}")]) : Display.Origin(manifest));
        table.Row("input", Display.Input(manifest.Preprocessing));
        table.Row("mean, std", $"{Numbers(manifest.Preprocessing.Mean)}, {Numbers(manifest.Preprocessing.Std)}");
        table.Row("labels", manifest.Labels.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{manifest.Labels.Count}: {string.Join(", ", manifest.Labels)}"));
        if (manifest.Training is { } training)
        {
            table.Row("data", Words([training.Data.Reference, .. training.Data.Counts.Select(count => $"{count.Key}={count.Value}")]));
            table.Row("data hash", training.Data.ContentHash);
            table.Row("recipe", Words(training.Recipe.Select(setting => $"{setting.Key}={setting.Value}")));
            table.Row("run", $"seed {training.Seed}, {training.Engine.Name} {training.Engine.Version}, {training.Device}, {training.Threads} threads");
        }

        foreach (var (split, metrics) in manifest.Metrics)
        {
            table.Row(split, $"accuracy {Display.Percent(metrics.Accuracy)}, loss {Display.Number(metrics.Loss)}, {metrics.Images} images");
        }

        foreach (var parent in manifest.Parents)
        {
            table.Row("parent", $"{parent.Reference} ({parent.Role})");
        }

        table.Row("tool", manifest.Tool.Commit is { } commit ? $"{manifest.Tool.Version} ({commit})" : manifest.Tool.Version);
        return table;
    }

    private static Table Artifacts(ModelManifest manifest)
    {
        var table = Display.Table("artifact", "kind", "precision", "opset", "size", "max error", "accuracy", "inputs", "outputs", "sha256");
        foreach (var artifact in manifest.Artifacts)
        {
            table.Row(
                artifact.File, artifact.Kind, artifact.Precision ?? "-", artifact.Opset?.ToString(CultureInfo.InvariantCulture) ?? "-", Display.Bytes(artifact.Bytes),
                Display.Number(artifact.Parity?.MaxAbsError), Display.Percent(artifact.Accuracy), Tensors(artifact.Inputs), Tensors(artifact.Outputs), artifact.Sha256[..12]);
        }

        return table;
    }

    private static string Tensors(IReadOnlyList<TensorSpec> tensors)
        => tensors.Count == 0 ? "-" : string.Join("; ", tensors.Select(tensor => $"{tensor.Name} {tensor.Type} {tensor.Shape}"));

    private static string Words(IEnumerable<string> words) => string.Join(' ', words);

    private static string Numbers(IEnumerable<float> values) => $"[{string.Join(' ', values.Select(value => value.ToString("0.####", CultureInfo.InvariantCulture)))}]";
}
