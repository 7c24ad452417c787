using System.Globalization;

namespace Toolchain.Graphs.Drawing;

/// <summary>The text of a box.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Operator">The operator, with kernel and stride where it has a window.</param>
/// <param name="Output">The output's shape, without the batch.</param>
/// <param name="Parameters">The number of parameters; empty when there are none.</param>
/// <param name="Details">One line per fact, for whoever points at the box.</param>
/// <param name="Family">What colours it.</param>
internal sealed record BoxLabel(string Name, string Operator, string Output, string Parameters, string Details, OperatorFamily Family);

/// <summary>Makes the labels of a graph's boxes.</summary>
internal static class BoxLabels
{
    /// <summary>One label per node that is drawn, by the node's name.</summary>
    public static IReadOnlyDictionary<string, BoxLabel> Of(Graph graph, LayerTable table) =>
        graph.Nodes.Where(static n => n.Op is not Constant).Zip(table.Rows).ToDictionary(static p => p.First.Name, static p => Label(p.First.Op, p.Second), StringComparer.Ordinal);

    /// <summary>The label of an input or output.</summary>
    public static BoxLabel Of(ValueInfo value) => new(value.Name, "", value.Type.ToString(), "", $"{value.Name}: {value.Type}", OperatorFamily.Port);

    private static BoxLabel Label(Operator op, LayerRow row)
    {
        var (operation, output) = (Operation(op, row.Window), Image(row.Output));
        var stored = row.Parameters + row.Buffers;
        return new(row.Name, operation, output, stored == 0 ? "" : $"{Count(stored)} params", string.Join('\n', Details(row, operation, output)), OperatorFamily.Of(op));
    }

    private static IEnumerable<string> Details(LayerRow row, string operation, string output)
    {
        yield return $"{row.Name}: {operation}";
        yield return $"output {output}, {Count(row.ActivationBytes)} bytes";
        yield return $"{Count(row.Parameters)} parameters, {Count(row.Buffers)} buffers, {Count(row.MultiplyAdds)} multiply-adds";
        yield return $"receptive field {row.ReceptiveField?.ToString() ?? "all"}";
        if (row.SamePadding is { } padding)
        {
            yield return $"padding that keeps the size: {padding}";
        }
    }

    private static string Operation(Operator op, Window? window)
    {
        if (window is not { } w)
        {
            return op.Type;
        }

        var parts = new List<string> { $"{op.Type} {string.Join('×', w.Kernel)}" };
        Add("stride", w.Strides, 1);
        Add("dilation", w.Dilations, 1);
        if (op is Conv { Group: > 1 } conv)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"groups {conv.Group}"));
        }

        return string.Join(", ", parts);

        void Add(string name, EquatableArray<long> values, long standard)
        {
            if (values.Any(v => v != standard))
            {
                parts.Add($"{name} {(values.All(v => v == values[0]) ? values[0].ToString(CultureInfo.InvariantCulture) : string.Join('×', values))}");
            }
        }
    }

    private static string Image(Shape? shape) => shape switch
    {
        null => "?",
        { Rank: > 1 } => string.Join(" × ", shape.Skip(1)),
        _ => shape.ToString(),
    };

    private static string Count(long number) => number.ToString("n0", CultureInfo.InvariantCulture);
}
