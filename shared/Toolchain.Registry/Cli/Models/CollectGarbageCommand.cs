using System.Text.Json.Nodes;

namespace Toolchain.Registry.Cli;

/// <summary><c>models gc</c>: deletes what killed programs left behind.</summary>
internal sealed class CollectGarbageCommand : ToolCommand
{
    private readonly ModelsOption models = new();

    public CollectGarbageCommand()
        : base("gc", "Deletes what killed programs left behind; programs at work are not disturbed.", "models gc") => Add(models);

    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var report = context.Registry(models).CollectGarbage();
        foreach (var path in report.Removed)
        {
            context.Console.Line($"deleted {path}");
        }

        context.Console.Line(report.Removed.Count == 0 ? "Nothing was left behind." : $"{Display.Bytes(report.Bytes)} freed.");
        context.Console.Result(new JsonObject { ["removed"] = Display.Json(report.Removed), ["bytes"] = report.Bytes });
        return Task.FromResult(ExitCode.Ok);
    }
}
