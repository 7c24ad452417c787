using System.CommandLine;
using Toolchain.Graphs;
using Toolchain.Graphs.Drawing;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>--svg FILE</c>: draws the network.</summary>
internal sealed class SvgOption : Option<string?>
{
    public SvgOption()
        : base("--svg") => (Description, HelpName) = ("Also draw the network into this file, for a browser.", "FILE.svg");

    /// <summary>Writes the drawing, unless none was asked for.</summary>
    public void Write(CommandContext context, Graph graph, LayerTable table)
    {
        if (context.Get(this) is not { } path)
        {
            return;
        }

        try
        {
            File.WriteAllText(path, GraphDrawing.Svg(graph, table));
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write the drawing '{path}': {refusal.Message}", refusal);
        }

        context.Console.Line($"drawing: {path}");
    }
}
