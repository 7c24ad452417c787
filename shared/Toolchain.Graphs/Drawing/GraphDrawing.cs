namespace Toolchain.Graphs.Drawing;

/// <summary>
/// Draws a graph from top to bottom in layers (Sugiyama, Tagawa and Toda 1981): ranks by longest path, few crossings by barycentres, straight chains by
/// Brandes and Köpf's alignment. Skip connections run beside the boxes that they pass; blocks of layers have frames.
/// </summary>
public static class GraphDrawing
{
    /// <summary>The drawing as an SVG document, in the colours of the reader's light or dark scheme. Equal graphs give equal text.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="table">Its layers as <see cref="LayerTable.Of"/> measures them.</param>
    public static string Svg(Graph graph, LayerTable table)
    {
        var labels = BoxLabels.Of(graph, table);
        var layers = Layering.Of(graph, labels);
        CrossingReduction.Order(layers);
        HorizontalPlacement.Place(layers);
        var frames = Frame.Of(layers);
        VerticalPlacement.Place(layers, frames);
        return new SvgDocument(layers, [.. frames.Where(f => f.IsClear(layers))], Summary.Of(graph, table)).Write();
    }
}

/// <summary>What stands above the drawing.</summary>
/// <param name="Title">The graph's name.</param>
/// <param name="Line">Its inputs, outputs and sizes.</param>
internal sealed record Summary(string Title, string Line)
{
    public static Summary Of(Graph graph, LayerTable table) => new(
        graph.Name,
        FormattableString.Invariant($"{string.Join(", ", graph.Inputs.Select(static i => i.Type))} → {string.Join(", ", graph.Outputs.Select(static o => o.Type))} · {table.Trainable:n0} parameters · {table.MultiplyAdds:n0} multiply-adds per image"));
}
