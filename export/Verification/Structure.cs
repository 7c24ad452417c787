using Toolchain.Graphs;

namespace Toolchain.Export.Verification;

/// <summary>
/// The rules that a graph keeps whatever it computes, as ONNX's checker has them (onnx/docs/IR.md): every value is made once and before it is
/// read, nodes and outputs have names and types, and the types are those that the operators make. Opset and format are the reader's to check.
/// </summary>
internal static class Structure
{
    /// <summary>Everything that is wrong with a graph; empty when nothing is.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="known">Types that its file states for values behind foreign operators.</param>
    public static IReadOnlyList<string> Problems(Graph graph, IReadOnlyDictionary<string, TensorType>? known = null)
    {
        var problems = Names(graph);
        return problems.Count == 0 ? Types(graph, known) : problems;
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

    private static List<string> Types(Graph graph, IReadOnlyDictionary<string, TensorType>? known)
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
            .. graph.Outputs.Where(o => types[o.Name] is { } found && !Agree(o.Type, found)).Select(o => $"output '{o.Name}' is declared {o.Type}, and the nodes make {types[o.Name]}"),
            .. untyped.Select(static o => $"the type of '{o}' is not known"),
        ];
    }

    private static bool Agree(TensorType declared, TensorType found) => declared.Element == found.Element
        && (declared.Shape is not { } wanted || found.Shape is not { } made || (wanted.Rank == made.Rank && wanted.Zip(made).All(static pair => pair.First.Admits(pair.Second))));
}
