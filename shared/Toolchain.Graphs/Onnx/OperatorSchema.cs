using System.Collections.Frozen;
using System.Globalization;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// What ONNX says of an operator of the default domain from an opset on: how many inputs and outputs it has, which attributes, and which element types it takes
/// (onnx/docs/Changelog.md). The table beside this file has every operator up to opset <see cref="Graph.DefaultOpset"/>, one line for each form:
/// name, first opset, inputs, outputs, attributes, types. A <c>?</c> marks what may be left out, <c>*N</c> what may stand any number of times from N on, <c>!</c> an attribute that
/// must be there, and <c>~</c> what is no tensor or of any type.
/// </summary>
public sealed class OperatorSchema
{
    private const string Table = "operators.txt";
    private const string Nothing = "-";
    private const string Unchecked = "~";

    private static readonly FrozenDictionary<string, OperatorSchema[]> All = Read();

    private readonly string _type;
    private readonly int _since;
    private readonly bool _isDeprecated;
    private readonly Formal[] _inputs = [];
    private readonly Formal[] _outputs = [];
    private readonly Dictionary<string, AttributeRule> _attributes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<ElementType>> _types = new(StringComparer.Ordinal);

    private OperatorSchema(string line)
    {
        var parts = line.Split(' ');
        (_type, _since, _isDeprecated) = (parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), parts.Length == 3);
        if (!_isDeprecated)
        {
            (_inputs, _outputs) = ([.. Items(parts[2], ',').Select(Formal.Of)], [.. Items(parts[3], ',').Select(Formal.Of)]);
            _attributes = Items(parts[4], ',').Select(static a => a.Split(':')).ToDictionary(static a => a[0], static a => new AttributeRule(a[1].TrimEnd('!'), a[1].EndsWith('!')), StringComparer.Ordinal);
            _types = Items(parts[5], ';').Select(static t => t.Split('=')).ToDictionary(
                static t => t[0], static t => t[1].Split('.').Select(static n => (ElementType)int.Parse(n, CultureInfo.InvariantCulture)).ToHashSet(), StringComparer.Ordinal);
        }
    }

    /// <summary>The schema of an operator in an opset; null where the opset has no such operator, and for opsets behind <see cref="Graph.DefaultOpset"/>, which are not in the table.</summary>
    public static OperatorSchema? Find(string type, int opset) =>
        opset <= Graph.DefaultOpset && All.GetValueOrDefault(type)?.LastOrDefault(s => s._since <= opset) is { _isDeprecated: false } schema ? schema : null;

    /// <summary>What is wrong with the types of a node's inputs; nothing where they are not known.</summary>
    /// <param name="node">A node of the operator.</param>
    /// <param name="types">The types of its graph.</param>
    public IEnumerable<string> TypeProblems(Node node, GraphTypes types)
    {
        var bound = new Dictionary<string, (ElementType Type, int Input)>(StringComparer.Ordinal);
        for (var i = 0; i < node.Inputs.Count && FormalAt(_inputs, i) is { } formal; i++)
        {
            if (node.Inputs[i].Length == 0 || formal.Type == Unchecked || types[node.Inputs[i]]?.Element is not { } type)
            {
                continue;
            }

            var allowed = formal.Literal is { } literal ? [literal] : _types[formal.Type];
            if (!allowed.Contains(type))
            {
                yield return $"{node} takes no {type.Display()} as input {i}";
            }
            else if (formal.Literal is null && bound.TryGetValue(formal.Type, out var other) && other.Type != type)
            {
                yield return $"{node} takes inputs {other.Input} and {i} of one type, found {other.Type.Display()} and {type.Display()}";
            }
            else
            {
                bound.TryAdd(formal.Type, (type, i));
            }
        }
    }

    /// <summary>What is wrong with the numbers of a node's inputs and outputs, or with its attributes; null when nothing is.</summary>
    internal string? Problem(FileNode node) =>
        CountProblem(node.Inputs, _inputs, "input") ?? CountProblem(node.Outputs, _outputs, "output") ?? node.Attributes.Select(AttributeProblem).FirstOrDefault(static p => p is not null)
        ?? (node.References.FirstOrDefault(r => !_attributes.ContainsKey(r.Name)) is { } unknown ? Lacks(unknown.Name) : null)
        ?? (_attributes.FirstOrDefault(a => a.Value.IsRequired && !node.Attributes.Exists(given => given.Name == a.Key) && !node.References.Any(given => given.Name == a.Key)) is { Key: { } missing }
            ? $"attribute '{missing}' is missing" : null);

    private string? CountProblem(List<string> values, Formal[] formals, string what)
    {
        var least = formals.Sum(static f => f.Least);
        if (values.Count > formals.Length && formals is not [.., { IsVariadic: true }])
        {
            return $"it has {values.Count} {what}s, and {_type} has at most {formals.Length}";
        }

        return values.Count < least ? $"it has {values.Count} {what}s, and {_type} has at least {least}"
            : formals.Index().FirstOrDefault(f => f.Item is { Least: 1, IsVariadic: false } && values[f.Index].Length == 0) is { Item: not null } left ? $"{what} {left.Index} is left out"
            : null;
    }

    private string? AttributeProblem(Attribute attribute) =>
        !_attributes.TryGetValue(attribute.Name, out var rule) ? Lacks(attribute.Name)
        : rule.Admits(attribute.Value) ? null
        : $"attribute '{attribute.Name}' must be {Word(rule.Kind)}, found {attribute.Value.GetType().Name.ToLowerInvariant()}";

    private string Lacks(string attribute) => $"attribute '{attribute}' is not one that {_type} has";

    private static string Word(string kind) => kind switch
    {
        "i" => "an integer",
        "f" => "a float",
        "s" => "a string",
        "t" => "a tensor",
        "g" => "a graph",
        "is" => "a list of integers",
        "fs" => "a list of floats",
        "ss" => "a list of strings",
        _ => "of a rarer type",
    };

    private static Formal? FormalAt(Formal[] formals, int index) =>
        index < formals.Length ? formals[index] : formals is [.., { IsVariadic: true } last] ? last : null;

    private static string[] Items(string list, char separator) => list == Nothing ? [] : list.Split(separator);

    private static FrozenDictionary<string, OperatorSchema[]> Read()
    {
        using var stream = typeof(OperatorSchema).Assembly.GetManifestResourceStream(Table) ?? throw new InvalidOperationException($"The resource {Table} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => new OperatorSchema(line))
            .GroupBy(static schema => schema._type, StringComparer.Ordinal)
            .ToFrozenDictionary(static g => g.Key, static g => g.OrderBy(static s => s._since).ToArray(), StringComparer.Ordinal);
    }

    /// <summary>An input or output as the operator's documentation has it.</summary>
    private sealed record Formal(string Type, ElementType? Literal, int Least, bool IsVariadic)
    {
        internal static Formal Of(string text)
        {
            var star = text.IndexOf('*', StringComparison.Ordinal);
            var type = star >= 0 ? text[..star] : text.TrimEnd('?');
            var least = star >= 0 ? int.Parse(text[(star + 1)..], CultureInfo.InvariantCulture) : text.EndsWith('?') ? 0 : 1;
            return new(type, type.StartsWith('@') ? (ElementType)int.Parse(type[1..], CultureInfo.InvariantCulture) : null, least, star >= 0);
        }
    }

    /// <summary>An attribute's type in the table's letters, and whether it must be there.</summary>
    private sealed record AttributeRule(string Kind, bool IsRequired)
    {
        // What is kept unread has a type that the table does not tell apart.
        internal bool Admits(AttributeValue value) => value switch
        {
            AttributeValue.Int => Kind == "i",
            AttributeValue.Float => Kind == "f",
            AttributeValue.Text => Kind == "s",
            AttributeValue.Ints => Kind == "is",
            AttributeValue.Floats => Kind == "fs",
            AttributeValue.Texts => Kind == "ss",
            AttributeValue.Tensor => Kind == "t",
            AttributeValue.Opaque => Kind is not ("i" or "f" or "is" or "fs"),
            _ => throw new InvalidOperationException($"Unknown attribute value {value.GetType()}."),
        };
    }
}
