using System.CommandLine;
using Toolchain.Graphs.Editing;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>--replace NAME=LAYER</c> and <c>--remove NAME</c>, each as often as needed: changes of a network's structure before it is used.</summary>
internal sealed class EditOptions
{
    /// <summary><c>--replace NAME=LAYER</c>.</summary>
    public Option<GraphEdit.Replace[]> Replace { get; } = new("--replace")
    {
        Description = "Put another layer in the place of a layer or block; layers are written as in PyTorch: relu1=LeakyReLU(0.1).",
        HelpName = "NAME=LAYER",
        DefaultValueFactory = static _ => [],
        CustomParser = static result => ParseAll(result, GraphEdit.Replace.Parse),
    };

    /// <summary><c>--remove NAME</c>.</summary>
    public Option<GraphEdit.Remove[]> Remove { get; } = new("--remove")
    {
        Description = "Take a layer, or a block by the beginning of its names, out of the network.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => [],
        CustomParser = static result => ParseAll(result, static name => new GraphEdit.Remove(name)),
    };

    /// <summary>Adds both to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Replace);
        command.Add(Remove);
    }

    /// <summary>What was written, replacements first; nothing by default.</summary>
    public NetworkEdits Read(CommandContext context) => new([.. context.Get(Replace), .. context.Get(Remove)]);

    private static T[] ParseAll<T>(System.CommandLine.Parsing.ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return [.. result.Tokens.Select(token => parse(token.Value))];
        }
        catch (ToolchainException mistake)
        {
            result.AddError(mistake.Message);
            return [];
        }
    }
}
