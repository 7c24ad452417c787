namespace Toolchain.Graphs.Onnx;

/// <summary>Where a graph of a file stands, as errors say it: <c>graph.node[3] Loop 'l'</c>, <c>node[0] Add 'n' in the body of graph.node[3] Loop 'l'</c>.</summary>
/// <param name="Prefix">What comes before its parts.</param>
/// <param name="Suffix">What comes after them.</param>
internal sealed record GraphPlace(string Prefix, string Suffix)
{
    /// <summary>Whether it stands inside a node.</summary>
    internal bool IsInsideNode { get; private init; }

    /// <summary>The place of one of its nodes.</summary>
    internal string Of(int index, FileNode node) => $"{Prefix}node[{index}] {node.Type}{(node.Name.Length > 0 ? $" '{node.Name}'" : "")}{Suffix}";

    /// <summary>The place of a graph in one of its nodes.</summary>
    internal GraphPlace Inside(int index, FileNode node, string attribute) => new("", $" in the {attribute} of {Of(index, node)}") { IsInsideNode = true };

    /// <summary>An error about one of its inputs or outputs.</summary>
    internal ToolchainException Fail(string what, int index, string name, string problem) => new(ErrorKind.BadInput, $"{Prefix}{what}[{index}] '{name}'{Suffix}: {problem}.");
}

/// <summary>The names that a graph has made so far; those of the graphs around it can be read too, and not made again.</summary>
/// <param name="around">The graph around it, or null.</param>
internal sealed class NameScope(NameScope? around)
{
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>Whether the name can be read.</summary>
    internal bool Has(string name) => _made.Contains(name) || around?.Has(name) == true;

    /// <summary>Makes a name; false when it can be read already.</summary>
    internal bool Add(string name) => around?.Has(name) != true && _made.Add(name);

    /// <summary>Makes a name of an input or initializer, which may hide one around; false when the graph itself has it already.</summary>
    internal bool AddHere(string name) => _made.Add(name);
}
