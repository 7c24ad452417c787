using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles;

/// <summary>Nodes while they are being put together: what is added has one output, named like its node, and no name is given twice.</summary>
internal sealed class NodeList
{
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _values;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _made = new(StringComparer.Ordinal);

    /// <summary>An empty list.</summary>
    /// <param name="reserved">Names of inputs and outputs.</param>
    public NodeList(params ReadOnlySpan<string> reserved) => _values = new(reserved.ToArray(), StringComparer.Ordinal);

    /// <summary>The nodes so far, in order.</summary>
    public EquatableArray<Node> Nodes => _nodes.ToEquatableArray();

    /// <summary>Adds a node.</summary>
    /// <returns>The name of its output.</returns>
    public string Add(string name, Operator op, params ReadOnlySpan<string> inputs)
    {
        var unique = NewName(name);
        _nodes.Add(new(unique, op, EquatableArray.Create(inputs), [unique]));
        return unique;
    }

    /// <summary>Adds a node whose output is one of the reserved names.</summary>
    public string AddOutput(string output, Operator op, params ReadOnlySpan<string> inputs)
    {
        _nodes.Add(new(NewName($"{output}.node"), op, EquatableArray.Create(inputs), [output]));
        return output;
    }

    /// <summary>Adds a value that never changes.</summary>
    public string Constant(string name, TensorData data) => Add(name, new Constant(data));

    /// <summary>Adds the nodes of a graph as they are. Its names, those of its weights among them, must be free.</summary>
    /// <exception cref="ToolchainException">A name is taken (<see cref="ErrorKind.BadInput"/>).</exception>
    public void AddRange(Graph graph)
    {
        var values = graph.Initializers.Keys.Concat(graph.Nodes.SelectMany(static n => n.Outputs).Where(static o => o.Length > 0));
        if ((values.FirstOrDefault(v => !_values.Add(v)) ?? graph.Nodes.FirstOrDefault(n => !_names.Add(n.Name))?.Name) is { } taken)
        {
            throw new ToolchainException(
                ErrorKind.BadInput, $"The name '{taken}' stands in more than one member of the ensemble, and it cannot be changed because the sub-graph of an operator may use it. Leave one of them out.");
        }

        _nodes.AddRange(graph.Nodes);
    }

    /// <summary>What was made under a key, or what is made now.</summary>
    /// <param name="key">Says what is made.</param>
    /// <param name="make">Adds nodes and returns the name of their result.</param>
    public string Once(string key, Func<string> make) => _made.TryGetValue(key, out var made) ? made : _made[key] = make();

    /// <summary>The wanted name, or with a number behind it where it is taken; taken from now on.</summary>
    public string NewName(string wanted)
    {
        var candidate = wanted;
        for (var i = 1; _values.Contains(candidate) || _names.Contains(candidate); i++)
        {
            candidate = $"{wanted}_{i}";
        }

        _values.Add(candidate);
        _names.Add(candidate);
        return candidate;
    }
}
