using System.Reflection;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Toolchain.Train.Recipes;

/// <summary>
/// A recipe in YAML: the settings of <see cref="RecipeSettings"/> by their keys, and optionally <c>network</c>, <c>set</c> (its arguments), <c>data</c>
/// and <c>name</c>. The toolchain ships some; others are files.
/// </summary>
/// <param name="Source">How messages name it.</param>
/// <param name="Network">The network; null where the command line names it.</param>
/// <param name="Arguments">The network's arguments.</param>
/// <param name="Data">The data set; null where the command line names it.</param>
/// <param name="Name">The model's name; null where the command line gives it.</param>
/// <param name="Settings">The settings, each with its value as it was written.</param>
internal sealed record RecipeFile(
    string Source, string? Network, IReadOnlyDictionary<string, string> Arguments, string? Data, string? Name, IReadOnlyList<(RecipeSetting Setting, IReadOnlyList<string> Texts)> Settings)
{
    private const string ResourceFolder = "Toolchain.Train.Recipes.Shipped.";
    private const string Extension = ".yaml";

    /// <summary>The names of the recipes that the toolchain ships.</summary>
    public static IReadOnlyList<string> Shipped { get; } =
    [
        .. typeof(RecipeFile).Assembly.GetManifestResourceNames()
            .Where(static n => n.StartsWith(ResourceFolder, StringComparison.Ordinal) && n.EndsWith(Extension, StringComparison.Ordinal))
            .Select(static n => n[ResourceFolder.Length..^Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The settings, as somebody asked for them.</summary>
    public IEnumerable<GivenSetting> Given => Settings.Select(s => new GivenSetting(s.Setting, s.Texts, $"{Source}: {s.Setting.Key}"));

    /// <summary>Reads a shipped recipe by its name, or a file by its path.</summary>
    /// <exception cref="ToolchainException">There is no such recipe (<see cref="ErrorKind.NotFound"/>), or it is not one (<see cref="ErrorKind.BadInput"/> or <see cref="ErrorKind.Usage"/>).</exception>
    public static RecipeFile Open(string reference)
    {
        if (Shipped.Contains(reference))
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{ResourceFolder}{reference}{Extension}")!;
            using var text = new StreamReader(stream);
            return Parse(text, $"recipe '{reference}'");
        }

        if (!File.Exists(reference))
        {
            throw new ToolchainException(ErrorKind.NotFound, $"There is no recipe or recipe file '{reference}'.{Nearest.Hint(reference, Shipped)} Shipped recipes: {string.Join(", ", Shipped)}.");
        }

        try
        {
            using var text = File.OpenText(reference);
            return Parse(text, $"recipe '{reference}'");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Cannot read recipe '{reference}': {failure.Message}", failure);
        }
    }

    /// <summary>Reads a recipe's text.</summary>
    internal static RecipeFile Parse(TextReader text, string source) => Of(Load(text, source), source);

    /// <summary>Reads a recipe's keys.</summary>
    internal static RecipeFile Of(YamlMappingNode root, string source)
    {
        string? network = null, data = null, name = null;
        IReadOnlyDictionary<string, string> arguments = new Dictionary<string, string>();
        var settings = new List<(RecipeSetting, IReadOnlyList<string>)>();
        foreach (var (keyNode, value) in root.Children)
        {
            var key = Scalar(keyNode, source, "a key");
            switch (key)
            {
                case "network":
                    network = Scalar(value, source, key);
                    break;
                case "data":
                    data = Scalar(value, source, key);
                    break;
                case "name":
                    name = Scalar(value, source, key);
                    break;
                case "set":
                    arguments = value is YamlMappingNode map
                        ? map.Children.ToDictionary(p => Scalar(p.Key, source, "set"), p => Scalar(p.Value, source, "set"), StringComparer.Ordinal)
                        : throw Fail(source, $"'set' must hold the network's arguments, one 'key: value' a line, found {value.NodeType.ToString().ToLowerInvariant()}");
                    break;
                default:
                    settings.Add((RecipeSettings.Get(key, source), Texts(value, source, key)));
                    break;
            }
        }

        return new(source, network, arguments, data, name, settings);
    }

    /// <summary>The recipe with another one's settings over its own.</summary>
    internal RecipeFile With(RecipeFile over) => new(
        over.Source,
        over.Network ?? Network,
        over.Network is null ? Arguments.Concat(over.Arguments).GroupBy(static a => a.Key).ToDictionary(static g => g.Key, static g => g.Last().Value, StringComparer.Ordinal) : over.Arguments,
        over.Data ?? Data,
        over.Name ?? Name,
        [.. Settings, .. over.Settings]);

    /// <summary>The one document of a YAML text.</summary>
    /// <exception cref="ToolchainException">It is no YAML, or has another form (<see cref="ErrorKind.BadInput"/>).</exception>
    internal static YamlMappingNode Load(TextReader text, string source)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(text);
        }
        catch (YamlException mistake)
        {
            throw Fail(source, $"line {mistake.Start.Line}: {mistake.Message}", mistake);
        }

        return yaml.Documents is [{ RootNode: YamlMappingNode map }] ? map : throw Fail(source, "expected one document of 'key: value' lines");
    }

    /// <summary>A value as texts: one, or those of a list.</summary>
    internal static IReadOnlyList<string> Texts(YamlNode value, string source, string key) => value is YamlSequenceNode list
        ? [.. list.Children.Select(item => Scalar(item, source, key))]
        : [Scalar(value, source, key)];

    /// <summary>A single value.</summary>
    internal static string Scalar(YamlNode node, string source, string key) => node is YamlScalarNode { Value: { } text }
        ? text
        : throw Fail(source, $"'{key}' must be one value, found a {node.NodeType.ToString().ToLowerInvariant()} at line {node.Start.Line}");

    /// <summary>What is wrong with a file.</summary>
    internal static ToolchainException Fail(string source, string problem, Exception? cause = null) =>
        new(ErrorKind.BadInput, $"Cannot read {source}: {problem}.", cause);
}
