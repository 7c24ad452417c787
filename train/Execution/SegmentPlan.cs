using Toolchain.Graphs;
using Toolchain.Train.Profiling;

namespace Toolchain.Train.Execution;

/// <summary>Part of a graph between two cuts.</summary>
/// <param name="Steps">Its nodes, in order.</param>
/// <param name="Reads">Values from before the first node that its nodes read.</param>
/// <param name="Writes">Values of its nodes that are read after the last one, or are the graph's outputs.</param>
internal sealed record SegmentPlan(IReadOnlyList<GraphExecutor.Step> Steps, IReadOnlyList<string> Reads, IReadOnlyList<string> Writes) : IProfiledWork
{
    string IProfiledWork.Place => $"{Steps[0].Node.Name} to {Steps[^1].Node.Name}";

    string IProfiledWork.Operation => "";

    /// <summary>
    /// Cuts a graph into segments with about the same bytes of activations. Within half a segment of the ideal place, a cut goes where the fewest bytes
    /// cross it: a residual network is cut between its blocks.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="steps">Its nodes, in order.</param>
    /// <param name="count">How many segments, from 1; never more than there are nodes.</param>
    public static IReadOnlyList<SegmentPlan> Cut(Graph graph, IReadOnlyList<GraphExecutor.Step> steps, int count)
    {
        var bytes = LayerTable.Of(graph).Rows.Select(static r => Math.Max(1, r.ActivationBytes)).ToArray();
        var crossing = Crossing(graph, steps, bytes);
        var total = 0L;
        var ends = bytes.Select(size => total += size).ToArray();
        var cuts = new SortedSet<int> { 0, steps.Count };
        for (var k = 1; k < count; k++)
        {
            var ideal = (double)total * k / count;
            var reach = (double)total / count / 2;
            cuts.Add(Enumerable.Range(1, steps.Count - 1)
                .OrderBy(i => Math.Abs(ends[i - 1] - ideal) <= reach ? 0 : 1)
                .ThenBy(i => Math.Abs(ends[i - 1] - ideal) <= reach ? crossing[i] : 0)
                .ThenBy(i => Math.Abs(ends[i - 1] - ideal))
                .First());
        }

        int[] places = [.. cuts];
        return [.. places.Zip(places.Skip(1), (from, to) => Between(graph, steps, from, to))];
    }

    private static SegmentPlan Between(Graph graph, IReadOnlyList<GraphExecutor.Step> steps, int from, int to)
    {
        var inside = steps.Skip(from).Take(to - from).ToArray();
        var before = steps.Take(from).SelectMany(static s => s.Outputs).Append(graph.Inputs[0].Name).ToHashSet(StringComparer.Ordinal);
        var after = steps.Skip(to).SelectMany(static s => s.Node.Inputs).Concat(graph.Outputs.Select(static o => o.Name)).ToHashSet(StringComparer.Ordinal);
        return new(
            inside,
            [.. inside.SelectMany(static s => s.Node.Inputs).Where(before.Contains).Distinct()],
            [.. inside.SelectMany(static s => s.Outputs).Where(after.Contains)]);
    }

    /// <summary>Bytes that live across the cut before each step.</summary>
    private static long[] Crossing(Graph graph, IReadOnlyList<GraphExecutor.Step> steps, long[] bytes)
    {
        var result = new long[steps.Count + 1];
        var lastRead = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            foreach (var input in step.Node.Inputs)
            {
                lastRead[input] = step.Index;
            }
        }

        foreach (var output in graph.Outputs)
        {
            lastRead[output.Name] = steps.Count;
        }

        foreach (var step in steps)
        {
            for (var i = step.Index + 1; i <= step.Outputs.Max(o => lastRead.GetValueOrDefault(o, step.Index)); i++)
            {
                result[i] += bytes[step.Index];
            }
        }

        return result;
    }
}
