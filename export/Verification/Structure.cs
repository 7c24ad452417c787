using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Verification;

/// <summary>
/// The rules that a graph keeps whatever it computes, as ONNX's checker has them with strict shape inference (onnx/docs/IR.md): every value is made once and before
/// it is read, nodes and outputs have names and types, operators exist and take such types, and what is stated of a value is what the operators make; so do the graphs inside
/// nodes. Opset, attributes, format, and the names inside nodes are the reader's to check.
/// </summary>
internal static class Structure
{
    /// <summary>Everything that is wrong with a graph; empty when nothing is.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="known">Types that its file states for values behind foreign operators.</param>
    /// <param name="opset">The opset of its file.</param>
    public static IReadOnlyList<string> Problems(Graph graph, IReadOnlyDictionary<string, TensorType>? known = null, int opset = Graph.DefaultOpset)
    {
        var problems = Names(graph);
        return problems.Count == 0 ? Types(graph, known, opset) : problems;
    }

    /// <summary>What a file states of its values and its nodes do not make, for files of other programs: sizes inside a graph are often left behind when its batch is changed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="stated">Types that its file states for values inside.</param>
    /// <param name="opset">The opset of its file.</param>
    public static IReadOnlyList<string> Contradictions(Graph graph, IReadOnlyDictionary<string, TensorType> stated, int opset)
    {
        var types = GraphTypes.Infer(graph, stated);
        return [.. Outputs(graph, types), .. Mistyped(graph, types, opset), .. Unheard(graph, opset), .. Stated(stated, types, AgreeInRank), .. InnerStructure.Problems(graph, types, opset)];
    }

    private static List<string> Names(Graph graph)
    {
        var problems = new List<string>();
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in graph.Inputs)
        {
            Expect(made.Add(input.Name), $"two inputs are named '{input.Name}'");
        }

        foreach (var weight in graph.Initializers.Keys)
        {
            Expect(made.Add(weight), $"initializer '{weight}' has the name of an input");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            Expect(names.Add(node.Name), $"two nodes are named '{node.Name}'");
            problems.AddRange(node.Inputs.Where(i => i.Length > 0 && !made.Contains(i)).Select(i => $"{node} reads '{i}', which nothing before it makes"));
            problems.AddRange(node.Outputs.Where(o => o.Length > 0 && !made.Add(o)).Select(o => $"{node} makes '{o}', which was made before"));
        }

        var all = made.Concat(names).Append(graph.Name);
        Expect(all.All(static name => name.Length > 0), "a value, a node or the graph has an empty name");
        Expect(graph.Outputs.Count > 0, "the graph has no output");
        foreach (var output in graph.Outputs)
        {
            Expect(made.Contains(output.Name), $"output '{output.Name}' is made by nothing");
            Expect(output.Type.Shape is not null, $"output '{output.Name}' has no shape");
        }

        return problems;

        void Expect(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }
    }

    private static List<string> Types(Graph graph, IReadOnlyDictionary<string, TensorType>? known, int opset)
    {
        GraphTypes types;
        try
        {
            types = GraphTypes.Infer(graph, known);
        }
        catch (ToolchainException misfit)
        {
            return [misfit.Message.TrimEnd('.')];
        }

        // Nothing is known behind an operator that is not known.
        var untyped = graph.Nodes.Any(static n => n.Op is Foreign) ? [] : graph.Nodes.SelectMany(static n => n.Outputs).Where(o => o.Length > 0 && types[o] is null);
        return
        [
            .. Outputs(graph, types),
            .. Stated(known, types, Agree),
            .. Mistyped(graph, types, opset),
            .. Unheard(graph, opset),
            .. InnerStructure.Problems(graph, types, opset),
            .. untyped.Select(static o => $"the type of '{o}' is not known"),
        ];
    }

    private static IEnumerable<string> Outputs(Graph graph, GraphTypes types) =>
        graph.Outputs.Where(o => types[o.Name] is { } found && !Agree(o.Type, found)).Select(o => $"output '{o.Name}' is declared {o.Type}, and the nodes make {types[o.Name]}");

    private static IEnumerable<string> Stated(IReadOnlyDictionary<string, TensorType>? stated, GraphTypes types, Func<TensorType, TensorType, bool> agree) =>
        (stated ?? new Dictionary<string, TensorType>()).Where(s => types[s.Key] is { } found && !agree(s.Value, found)).Select(s => $"value '{s.Key}' is declared {s.Value}, and the nodes make {types[s.Key]}");

    /// <summary>Inputs of element types that their nodes do not take. Known operators have the form of the default opset; what later ones take besides is not in the table.</summary>
    internal static IEnumerable<string> Mistyped(Graph graph, GraphTypes types, int opset) => opset > Graph.DefaultOpset ? [] : graph.Nodes
        .Where(static n => n.Op.Domain.Length == 0)
        .SelectMany(node => OperatorSchema.Find(node.Op.Type, OpsetOf(node))?.TypeProblems(node, types) ?? []);

    /// <summary>Nodes of operators that do not exist.</summary>
    internal static IEnumerable<string> Unheard(Graph graph, int opset) => opset > Graph.DefaultOpset ? [] : graph.Nodes
        .Where(static n => n.Op is Foreign { Space: "" } && OperatorSchema.Find(n.Op.Type, OpsetOf(n)) is null)
        .Select(static n => $"{n} is of no operator that ONNX has at opset {OpsetOf(n)}; an operator of one's own needs a domain of its own");

    private static int OpsetOf(Node node) => (node.Op as Foreign)?.Opset ?? Graph.DefaultOpset;

    private static bool AgreeInRank(TensorType declared, TensorType found) => declared.Element == found.Element && (declared.Shape is null || found.Shape is null || declared.Shape.Rank == found.Shape.Rank);

    private static bool Agree(TensorType declared, TensorType found) => declared.Element == found.Element
        && (declared.Shape is not { } wanted || found.Shape is not { } made || (wanted.Rank == made.Rank && wanted.Zip(made).All(static pair => pair.First.Admits(pair.Second))));
}
