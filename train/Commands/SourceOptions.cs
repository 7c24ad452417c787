using System.CommandLine;
using Toolchain.Graphs.Editing;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;

namespace Toolchain.Train.Commands;

/// <summary>What to train: a network of the catalog or an ONNX file, or with <c>--from</c> a model that is there already; and changes of its structure.</summary>
/// <param name="withNetwork">Whether the network is an argument; otherwise only a recipe names it.</param>
internal sealed class SourceOptions(bool withNetwork = true)
{
    private readonly Argument<string?> _network = new("NETWORK")
    {
        Description = "A network of the catalog (see: train networks), or an .onnx file; left out with --from, or with a recipe that names it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly SetOption _set = new();
    private readonly EditOptions _edits = new();
    private readonly Option<int?> _classes = new("--classes") { Description = "Replace the last layer of a file or model by a fresh one with this many outputs.", HelpName = "N" };
    private readonly Option<ModelReference?> _from = new("--from")
    {
        Description = "Start from a model's graph and weights.",
        HelpName = "REF",
        CustomParser = static result => Parsing.OneToken(result, ModelReference.Parse),
    };

    /// <summary>Adds the argument and the options to a command.</summary>
    public void AddTo(Command command)
    {
        if (withNetwork)
        {
            command.Add(_network);
        }

        command.Add(_from);
        command.Add(_set);
        command.Add(_classes);
        _edits.AddTo(command);
    }

    /// <summary>The outputs of a fresh head; null to keep what there is.</summary>
    public int? Classes(CommandContext context) => context.Get(_classes);

    /// <summary>Whether a model is the beginning.</summary>
    public bool GivesModel(CommandContext context) => context.WasGiven(_from);

    /// <summary>Whether an argument of the network was written.</summary>
    public bool Gives(CommandContext context, string argument) => _set.Read(context).ContainsKey(argument);

    /// <summary>Changes of the structure.</summary>
    public NetworkEdits Edits(CommandContext context) => _edits.Read(context);

    /// <summary>The network, file or model.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="registry">Where models are.</param>
    /// <param name="file">A recipe that may name the network; null for none.</param>
    /// <exception cref="ToolchainException">None or two were named, or what was named is not there.</exception>
    public NetworkSource Resolve(CommandContext context, ModelRegistry registry, RecipeFile? file = null)
    {
        var network = withNetwork ? context.Get(_network) : null;
        if (context.Get(_from) is { } model)
        {
            return network is null && !context.WasGiven(_set)
                ? new ModelSource(registry.Resolve(model))
                : throw new ToolchainException(ErrorKind.Usage, $"--from {model} brings its own network{(network is null ? ", which --set cannot change" : $", so '{network}' has no place")}. Leave out one of the two.");
        }

        var settings = new Dictionary<string, string>(network is null ? file?.Arguments ?? new Dictionary<string, string>() : new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (key, value) in _set.Read(context))
        {
            settings[key] = value;
        }

        return NetworkSource.Resolve(
            network ?? file?.Network ?? throw new ToolchainException(
                ErrorKind.Usage, $"No network was named. {(withNetwork ? "Give one of: train networks;" : $"Add 'network: NAME' to {file?.Source}, one of: train networks;")} or a model with --from REF."),
            settings);
    }
}
