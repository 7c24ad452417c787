using System.Text.Json.Nodes;
using Toolchain.Networks;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>train networks</c>: the catalog.</summary>
internal sealed class NetworksCommand() : ToolCommand("networks", "List the documented networks and their arguments.", "networks", "networks --json")
{
    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        foreach (var network in NetworkCatalog.All)
        {
            context.Console.Line($"{network.Name,-12} {network.Summary}");
            context.Console.Line($"{"",-12} source: {network.Source}");
            foreach (var option in network.Options)
            {
                context.Console.Line($"{"",-12} --set {option.Name}={option.Default} ({option.Domain}): {option.Help}");
            }
        }

        context.Console.Result(new JsonArray([.. NetworkCatalog.All.Select(static n => new JsonObject
        {
            ["name"] = n.Name,
            ["summary"] = n.Summary,
            ["source"] = n.Source,
            ["options"] = new JsonArray([.. n.Options.Select(static o => new JsonObject { ["name"] = o.Name, ["default"] = o.Default, ["values"] = o.Domain, ["help"] = o.Help })]),
        })]));
        return Task.FromResult(ExitCode.Ok);
    }
}
