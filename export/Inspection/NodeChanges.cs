using Toolchain.Graphs;

namespace Toolchain.Export.Inspection;

/// <summary>Compares the nodes of two graphs: those of one name belong together, otherwise those that make a value of one name.</summary>
internal static class NodeChanges
{
    /// <summary>The differences, and how many nodes are the same.</summary>
    public static (IReadOnlyList<PartChange> Changes, int Equal) Of(Graph first, Graph second)
    {
        var partners = Partners(first, second);
        var matched = partners.Values.Select(static n => n.Name).ToHashSet(StringComparer.Ordinal);
        var changes = new List<PartChange>();
        var equal = 0;
        foreach (var node in first.Nodes)
        {
            if (!partners.TryGetValue(node.Name, out var other))
            {
                changes.Add(new(ChangeKind.Removed, "node", node.Name, Describe(node)));
            }
            else if (Difference(node, other) is { Length: > 0 } difference)
            {
                changes.Add(new(ChangeKind.Changed, "node", node.Name, difference));
            }
            else
            {
                equal++;
            }
        }

        changes.AddRange(second.Nodes.Where(n => !matched.Contains(n.Name)).Select(static n => new PartChange(ChangeKind.Added, "node", n.Name, Describe(n))));
        return (changes, equal);
    }

    private static Dictionary<string, Node> Partners(Graph first, Graph second)
    {
        var named = second.Nodes.ToDictionary(static n => n.Name, StringComparer.Ordinal);
        var partners = first.Nodes.Where(n => named.ContainsKey(n.Name)).ToDictionary(static n => n.Name, n => named[n.Name], StringComparer.Ordinal);
        var free = second.Nodes.Where(n => !partners.ContainsKey(n.Name)).SelectMany(static n => n.Outputs.Where(static o => o.Length > 0).Select(o => (Output: o, Node: n))).ToDictionary(static p => p.Output, static p => p.Node, StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in first.Nodes.Where(n => !partners.ContainsKey(n.Name)).ToArray())
        {
            if (node.Outputs.FirstOrDefault(free.ContainsKey) is { } made && taken.Add(free[made].Name))
            {
                partners.Add(node.Name, free[made]);
            }
        }

        return partners;
    }

    private static string Describe(Node node) => string.Join(", ", [TypeOf(node), .. node.Op.Attributes.Select(static a => $"{a.Name} {Text(a.Value)}")]);

    private static string Difference(Node first, Node second)
    {
        var parts = new List<string>();
        Compare("operator", TypeOf(first), TypeOf(second));
        Compare("name", first.Name, second.Name);
        Compare("inputs", first.Inputs.ToString(), second.Inputs.ToString());
        Compare("outputs", first.Outputs.ToString(), second.Outputs.ToString());
        var (before, after) = (first.Op.Attributes.ToDictionary(static a => a.Name, static a => a.Value), second.Op.Attributes.ToDictionary(static a => a.Name, static a => a.Value));
        foreach (var name in before.Keys.Union(after.Keys))
        {
            var (left, right) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (!Equals(left, right))
            {
                parts.Add($"{name} {Text(left)} → {Text(right)}");
            }
        }

        return string.Join("; ", parts);

        void Compare(string what, string left, string right)
        {
            if (left != right)
            {
                parts.Add($"{what} {left} → {right}");
            }
        }
    }

    private static string TypeOf(Node node) => node.Op.Domain.Length == 0 ? node.Op.Type : $"{node.Op.Domain}.{node.Op.Type}";

    private static string Text(AttributeValue? value) => value switch
    {
        null => "default",
        AttributeValue.Int { Value: var number } => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        AttributeValue.Float { Value: var number } => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        AttributeValue.Text { Value: var text } => text,
        AttributeValue.Ints { Value: var numbers } => numbers.ToString(),
        AttributeValue.Floats { Value: var numbers } => FormattableString.Invariant($"[{string.Join(", ", numbers.Select(static n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]"),
        AttributeValue.Texts { Value: var texts } => texts.ToString(),
        AttributeValue.Tensor { Value: var data } => data.ToString(),
        AttributeValue.Opaque { Encoded: var bytes } => FormattableString.Invariant($"({bytes.Count} bytes)"),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "Unknown kind of attribute."),
    };
}
