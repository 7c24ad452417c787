using System.CommandLine;
using Toolchain.Graphs;
using Toolchain.Graphs.Drawing;

namespace Toolchain.Registry.Cli;

/// <summary><c>--svg FILE</c>: draws a network.</summary>
public sealed class SvgOption : Option<string?>
{
    /// <summary>An option for one command.</summary>
    public SvgOption()
        : base("--svg") => (Description, HelpName) = ("Also draw the network into this file, for a browser.", "FILE.svg");

    /// <summary>Writes the drawing, unless none was asked for, and says where.</summary>
    /// <exception cref="ToolchainException">The file cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
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
