using System.CommandLine;
using System.Text.Json.Nodes;

namespace Toolchain.Registry.Cli;

/// <summary><c>models remove REF</c>: deletes one version.</summary>
internal sealed class RemoveModelCommand : ToolCommand
{
    private readonly ReferenceArgument reference = new("REF", "The version: name:3 or name@alias.");
    private readonly Option<bool> force = new("--force") { Description = "Also remove the aliases that point to it." };
    private readonly ModelsOption models = new();

    public RemoveModelCommand()
        : base("remove", "Deletes one version for good.", "models remove mnist:3")
    {
        Add(reference);
        Add(force);
        Add(models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var named = context.Get(reference);
        var removed = ModelReference.To(named.Name, context.Registry(models).Remove(named, context.Get(force)));
        context.Console.Line($"Removed {removed}.");
        context.Console.Result(new JsonObject { ["removed"] = removed.ToString() });
        return Task.FromResult(ExitCode.Ok);
    }
}
