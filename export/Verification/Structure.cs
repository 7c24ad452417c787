using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Verification;

/// <summary>
/// The rules that a graph must keep whatever it computes: those of ONNX's checker (docs/IR.md) as far as a graph in memory can break them.
/// </summary>
internal static class Structure
{
    /// <summary>The opsets of the default domain that are written.</summary>
    public const int OldestOpset = 13, NewestOpset = 21;

    /// <summary>Everything that is wrong with a graph; empty when nothing is.</summary>
    public static IReadOnlyList<string> Problems(Graph graph, IReadOnlyDictionary<string, TensorType>? known = null)
    {
        var problems = new List<string>();
        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (value, maker) in graph.Inputs.Select(static i => (i.Name, "the inputs")).Concat(graph.Initializers.Keys.Select(static k => (k, "the initializers"))))
        {
            Define(value, maker);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            Expect(node.Name.Length > 0 && names.Add(node.Name), $"the node name '{node.Name}' is empty or used twice");
            foreach (var input in node.Inputs.Where(i => i.Length > 0 && !made.Contains(i)))
            {
                problems.Add($"{node} reads '{input}', which nothing before it makes");
            }

            foreach (var output in node.Outputs.Where(static o => o.Length > 0))
            {
                Define(output, node.ToString());
            }
        }

        Expect(graph.Name.Length > 0, "the graph has no name");
        Expect(graph.Outputs.Count > 0, "the graph has no output");
        foreach (var output in graph.Outputs)
        {
            Expect(made.Contains(output.Name), $"output '{output.Name}' is made by nothing");
            Expect(output.Type.Shape is not null, $"output '{output.Name}' has no shape");
        }

        return problems.Count == 0 ? Types(graph, known) : problems;

        void Expect(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }

        void Define(string value, string maker) => Expect(value.Length > 0 && made.Add(value), $"the value '{value}' of {maker} has no name or is made twice");
    }

    /// <summary>Whether the format's version is one that has the opset (docs/Versioning.md); null when it is, otherwise what is wrong.</summary>
    public static string? OpsetProblem(OnnxModel model) => model switch
    {
        { Opset: < OldestOpset or > NewestOpset } => string.Create(CultureInfo.InvariantCulture, $"opset {model.Opset} is not one of {OldestOpset} to {NewestOpset}"),
        _ when model.IrVersion < OldestIr(model.Opset) => string.Create(CultureInfo.InvariantCulture, $"IR version {model.IrVersion} is older than opset {model.Opset}, which came with {OldestIr(model.Opset)}"),
        _ => null,
    };

    // docs/Versioning.md: opset 13 and 14 came with IR 7, 15 to 18 with 8, 19 and 20 with 9, 21 with 10.
    private static int OldestIr(int opset) => opset switch
    {
        <= 14 => 7,
        <= 18 => 8,
        <= 20 => 9,
        _ => 10,
    };

    private static IReadOnlyList<string> Types(Graph graph, IReadOnlyDictionary<string, TensorType>? known)
    {
        try
        {
            var types = GraphTypes.Infer(graph, known);
            return
            [
                .. graph.Outputs.Where(o => types[o.Name] is { } found && !Agree(o.Type, found)).Select(o => $"output '{o.Name}' is declared {o.Type}, and the nodes make {types[o.Name]}"),
                .. graph.Nodes.Where(static n => n.Op is not Foreign).SelectMany(static n => n.Outputs).Where(o => o.Length > 0 && types[o] is null && !BehindForeign(graph)).Select(static o => $"the type of '{o}' is not known"),
            ];
        }
        catch (ToolchainException misfit)
        {
            return [misfit.Message.TrimEnd('.')];
        }
    }

    private static bool BehindForeign(Graph graph) => graph.Nodes.Any(static n => n.Op is Foreign);

    private static bool Agree(TensorType declared, TensorType found) => declared.Element == found.Element
        && (declared.Shape is not { } wanted || found.Shape is not { } made || (wanted.Rank == made.Rank && wanted.Zip(made).All(static pair => pair.First.Admits(pair.Second))));
}
