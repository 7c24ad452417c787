using System.Text.Json.Nodes;

namespace Toolchain.Registry.Cli;

/// <summary><c>models list</c>: one line for each version.</summary>
internal sealed class ListModelsCommand : ToolCommand
{
    private static readonly string[] Header = ["model", "aliases", "task", "network", "input", "accuracy", "size", "created", "artifacts"];

    // The split that says most comes first: nothing was chosen by looking at the test split.
    private static readonly string[] Splits = ["test", "validation", "train"];
    private readonly ModelsOption models = new();

    public ListModelsCommand()
        : base("list", "Lists every version of every model.", "models list", "models list --models DIR --json") => Add(models);

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var listings = context.Registry(models).List();
        if (listings.Count == 0)
        {
            context.Console.Line($"There are no models in '{context.Get(models)}' yet.");
        }
        else
        {
            context.Console.Table([Header, .. listings.Select(Row)]);
        }

        foreach (var problem in listings.Select(listing => listing.Problem).OfType<string>().Distinct())
        {
            context.Console.Warn(problem);
        }

        context.Console.Result(new JsonObject { ["models"] = new JsonArray([.. listings.Select(Json)]) });
        return Task.FromResult(ExitCode.Ok);
    }

    private static IReadOnlyList<string> Row(ModelListing listing)
    {
        var (name, version, manifest, aliases, _) = listing;
        string[] known = manifest is null
            ? ["(its manifest cannot be read)"]
            :
            [
                manifest.Task,
                Display.Origin(manifest),
                Display.Input(manifest.Preprocessing),
                Display.Percent(Accuracy(manifest)),
                Display.Bytes(manifest.Artifacts.Sum(artifact => artifact.Bytes)),
                Display.Time(manifest.Created),
                string.Join(", ", manifest.Artifacts.Select(artifact => artifact.File)),
            ];
        return [$"{name}:{version}", aliases.Count == 0 ? "-" : string.Join(", ", aliases), .. known];
    }

    private static JsonObject Json(ModelListing listing) => new()
    {
        ["model"] = $"{listing.Name}:{listing.Version}",
        ["name"] = listing.Name,
        ["version"] = listing.Version,
        ["aliases"] = new JsonArray([.. listing.Aliases.Select(alias => (JsonNode)alias)]),
        ["task"] = listing.Manifest?.Task,
        ["network"] = listing.Manifest?.Network?.Name,
        ["accuracy"] = listing.Manifest is { } manifest ? Accuracy(manifest) : null,
        ["artifacts"] = new JsonArray([.. (listing.Manifest?.Artifacts ?? []).Select(artifact => (JsonNode)artifact.File)]),
        ["bytes"] = listing.Manifest?.Artifacts.Sum(artifact => artifact.Bytes),
        ["created"] = listing.Manifest?.Created,
        ["problem"] = listing.Problem,
    };

    private static double? Accuracy(ModelManifest manifest)
        => Splits.Select(split => manifest.Metrics.GetValueOrDefault(split)?.Accuracy).FirstOrDefault(accuracy => accuracy is not null);
}
