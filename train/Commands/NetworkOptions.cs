using System.CommandLine;
using Toolchain.Networks;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>--set key=value</c>: a network's arguments; may be given several times.</summary>
internal sealed class SetOption : Option<string[]>
{
    public SetOption()
        : base("--set")
    {
        (Description, HelpName, DefaultValueFactory) = ("An argument of the network; see: train networks.", "KEY=VALUE", _ => []);
        Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(static t => t.Value.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"--set takes key=value, found '{token.Value}'.");
            }
        });
    }

    /// <summary>The arguments for a network.</summary>
    public NetworkArguments Read(CommandContext context, Network network) => NetworkArguments.Of(network, Read(context));

    /// <summary>What was written; of a key that stands twice, the last.</summary>
    public IReadOnlyDictionary<string, string> Read(CommandContext context) =>
        context.Get(this).Select(static s => s.Split('=', 2)).GroupBy(static p => p[0], StringComparer.Ordinal).ToDictionary(static g => g.Key, static g => g.Last()[1], StringComparer.Ordinal);
}

/// <summary><c>--input CxHxW</c>.</summary>
internal sealed class InputOption : Option<ImageSize>
{
    public InputOption()
        : base("--input")
    {
        (Description, HelpName) = ("The image size (default: 1x28x28).", "CxHxW");
        DefaultValueFactory = static _ => new ImageSize(1, 28, 28);
        CustomParser = static result => Parsing.OneToken(result, ImageSize.Parse);
    }
}
