using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Grouping;

/// <summary>What members have in the place of one constant input of a node.</summary>
/// <param name="Name">The first member's name for it.</param>
/// <param name="Key">Equal for places where every member has the same constant.</param>
/// <param name="Members">The constants, all of one type.</param>
internal sealed record ConstantPlace(string Name, string Key, EquatableArray<TensorData> Members)
{
    /// <summary>Whether all members have the same.</summary>
    public bool IsCommon => Members.All(m => m.ContentEquals(Members[0]));
}

/// <summary>
/// Graphs of one architecture: the same operators in the same order and wiring, under whatever names, with constants of the same types in the same places. Which
/// places share a constant may differ: what is equal by chance is stored once.
/// </summary>
internal sealed class Correspondence
{
    private readonly Dictionary<(string Node, int Input), ConstantPlace> _places = [];

    private Correspondence()
    {
    }

    /// <summary>Compares graphs node by node.</summary>
    /// <param name="graphs">One for each member, with one input.</param>
    /// <param name="names">What messages call the members.</param>
    /// <exception cref="ToolchainException">They differ; the message names the first difference (<see cref="ErrorKind.BadInput"/>).</exception>
    public static Correspondence Of(IReadOnlyList<Graph> graphs, IReadOnlyList<string> names)
    {
        var result = new Correspondence();
        var views = graphs.Select(static g => new View(g)).ToArray();
        for (var member = 0; member < graphs.Count; member++)
        {
            if (result.Difference(views[0], views[member]) is { } difference)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"Members {names[0]} and {names[member]} have different architectures, so they cannot run grouped: {difference}. Use --layout branches.");
            }
        }

        return result;
    }

    /// <summary>The constants in the place of a node's input; null where it is computed or left out.</summary>
    /// <param name="node">A node of the first member.</param>
    /// <param name="input">Which of its inputs, from 0.</param>
    public ConstantPlace? Constants(Node node, int input) => _places.GetValueOrDefault((node.Name, input));

    private string? Difference(View first, View other)
    {
        if (first.Nodes.Length != other.Nodes.Length)
        {
            return $"one has {first.Nodes.Length} nodes, the other {other.Nodes.Length}";
        }

        var twins = new Dictionary<string, string>(StringComparer.Ordinal) { [first.Graph.Inputs[0].Name] = other.Graph.Inputs[0].Name };
        foreach (var (mine, its) in first.Nodes.Zip(other.Nodes))
        {
            if (!mine.Op.Equals(its.Op) || mine.Inputs.Count != its.Inputs.Count || mine.Outputs.Count != its.Outputs.Count)
            {
                return $"where one has {mine}, the other has {its}{(mine.Op.Type == its.Op.Type ? " with other attributes or inputs" : "")}";
            }

            for (var i = 0; i < mine.Inputs.Count; i++)
            {
                var (left, right) = (mine.Inputs[i], its.Inputs[i]);
                var fits = first.Constants.TryGetValue(left, out _) && other.Constants.TryGetValue(right, out var constant)
                    ? Collect(mine, i, right, constant)
                    : left.Length == 0 ? right.Length == 0 : twins.GetValueOrDefault(left) == right;
                if (!fits)
                {
                    return $"input {i} of {mine} is '{left}', and that of {its} is '{right}'";
                }
            }

            foreach (var (left, right) in mine.Outputs.Zip(its.Outputs))
            {
                twins[left] = right;
            }
        }

        return twins.GetValueOrDefault(first.Graph.Outputs[0].Name) == other.Graph.Outputs[0].Name ? null : "their outputs come from different places";
    }

    // The first member is compared with itself first, so that its constants come first.
    private bool Collect(Node node, int input, string name, TensorData constant)
    {
        if (_places.TryGetValue((node.Name, input), out var place))
        {
            _places[(node.Name, input)] = place with { Key = $"{place.Key} {name}", Members = [.. place.Members, constant] };
            return place.Members[0].TensorType == constant.TensorType;
        }

        _places[(node.Name, input)] = new(name, name, [constant]);
        return true;
    }

    /// <summary>A graph as it is compared: constants are values, and no nodes.</summary>
    private sealed class View(Graph graph)
    {
        public Graph Graph => graph;

        public Node[] Nodes { get; } = [.. graph.Nodes.Where(static n => n.Op is not Constant)];

        public Dictionary<string, TensorData> Constants { get; } = graph.Initializers
            .Concat(graph.Nodes.Where(static n => n.Op is Constant).Select(static n => KeyValuePair.Create(n.Outputs[0], ((Constant)n.Op).Value)))
            .ToDictionary(StringComparer.Ordinal);
    }
}
