using System.CommandLine;
using System.Text.Json.Nodes;

namespace Toolchain.Registry.Cli;

/// <summary><c>models verify [REF]</c>: reads every byte again. Exit code 1 when something is wrong.</summary>
internal sealed class VerifyModelsCommand : ToolCommand
{
    private readonly ReferenceArgument reference = new("REF", "Check only this version (default: the whole registry).") { Arity = ArgumentArity.ZeroOrOne };
    private readonly ModelsOption models = new();

    public VerifyModelsCommand()
        : base("verify", "Checks manifests, aliases, and the SHA-256 of every artifact.", "models verify", "models verify mnist:3")
    {
        Add(reference);
        Add(models);
    }

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var report = context.Registry(models).Verify(context.Get(reference), cancellationToken);
        foreach (var fault in report.Faults)
        {
            context.Console.Line($"fault: {fault}");
        }

        foreach (var leftover in report.Leftovers)
        {
            context.Console.Line($"left behind: {leftover}");
        }

        context.Console.Line($"{Display.Count(report.Versions, "version")}, {Display.Count(report.Artifacts, "artifact")}, {Display.Bytes(report.Bytes)}: {(report.Faults.Count == 0 ? "all sound" : Display.Count(report.Faults.Count, "fault"))}.");
        if (report.Leftovers.Count > 0)
        {
            context.Console.Line("What was left behind does no harm; 'models gc' deletes it.");
        }

        context.Console.Result(new JsonObject
        {
            ["versions"] = report.Versions,
            ["artifacts"] = report.Artifacts,
            ["bytes"] = report.Bytes,
            ["faults"] = Display.Json(report.Faults),
            ["leftovers"] = Display.Json(report.Leftovers),
        });
        return Task.FromResult(report.Faults.Count == 0 ? ExitCode.Ok : ExitCode.CheckFailed);
    }
}
