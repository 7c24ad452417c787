using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Moves a <c>Pad</c> with zeros at the borders of an image into the convolution or pooling behind it, where that is exact: a convolution pads with zeros itself; a mean
/// that counts its padding does, and one that has none can; a maximum pads with nothing, which is the same for values that are never negative. Sizes that
/// are rounded up treat padding in their own way, so such poolings stay.
/// </summary>
internal sealed record FoldPadding : Rewrite
{
    /// <inheritdoc/>
    public override string Name => "fold-padding";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        if (!graph.Nodes.Any(static n => n.Op is Pad))
        {
            return Changed(graph);
        }

        var (uses, constants) = (new ValueUses(graph), new ConstantValues(graph));
        var folded = 0;
        var nodes = graph.Nodes.Select(node =>
        {
            var merged = node.Inputs.Count > 0 && uses.Maker(node.Inputs[0]) is { Op: Pad } pad && Borders(pad, constants) is { } borders ? Padded(node, pad, borders, uses, constants) : null;
            folded += merged is null ? 0 : 1;
            return merged ?? node;
        }).ToEquatableArray();
        return Changed(graph with { Nodes = nodes }, new Change(folded, "folded"));
    }

    // The pads of the spatial axes, all beginnings, then all ends; null when the node pads other axes, with other values, or crops.
    private static EquatableArray<long>? Borders(Node pad, ConstantValues constants)
    {
        var isZero = pad.Inputs.Count < 3 || pad.Inputs[2].Length == 0 || (constants.Floats(pad.Inputs[2]) is { ElementCount: 1 } fill && fill.Values<float>()[0] == 0);
        if (pad.Op is not Pad { Mode: PadMode.Constant } || !isZero || pad.Inputs.Count > 3 || constants.Longs(pad.Inputs[1]) is not { Count: > 4 } pads || pads.Any(static p => p < 0))
        {
            return null;
        }

        var rank = pads.Count / 2;
        return pads[0] == 0 && pads[1] == 0 && pads[rank] == 0 && pads[rank + 1] == 0 ? [.. pads.Take(rank).Skip(2), .. pads.Skip(rank + 2)] : null;
    }

    private static Node? Padded(Node node, Node pad, EquatableArray<long> borders, ValueUses uses, ConstantValues constants)
    {
        Operator? op = node.Op switch
        {
            Conv { AutoPad: AutoPad.Explicit or AutoPad.Valid } conv => conv with { AutoPad = AutoPad.Explicit, Pads = Sum(conv.AutoPad == AutoPad.Valid ? [] : conv.Pads, borders) },
            AveragePool { CeilMode: false, AutoPad: AutoPad.Explicit or AutoPad.Valid } mean when mean.CountIncludePad || mean.AutoPad == AutoPad.Valid || mean.Pads.All(static p => p == 0) =>
                mean with { AutoPad = AutoPad.Explicit, CountIncludePad = true, Pads = Sum(mean.AutoPad == AutoPad.Valid ? [] : mean.Pads, borders) },
            MaxPool { CeilMode: false, AutoPad: AutoPad.Explicit or AutoPad.Valid } max when max.Dilations.All(static d => d == 1) && IsNeverNegative(pad.Inputs[0], uses, constants) =>
                max with { AutoPad = AutoPad.Explicit, Pads = Sum(max.AutoPad == AutoPad.Valid ? [] : max.Pads, borders) },
            _ => null,
        };
        return op is not null && FitsWindow(op) ? node with { Op = op, Inputs = node.Inputs.Select((input, i) => i == 0 ? pad.Inputs[0] : input).ToEquatableArray() } : null;
    }

    private static EquatableArray<long> Sum(EquatableArray<long> pads, EquatableArray<long> borders) =>
        pads.IsEmpty ? borders : pads.Zip(borders, static (pad, border) => pad + border).ToEquatableArray();

    // A pooling's padding must be smaller than its window, so that each window has a value to look at.
    private static bool FitsWindow(Operator op) => op switch
    {
        AveragePool mean => mean.Pads.Index().All(p => p.Item < mean.Kernel[p.Index % mean.Kernel.Count]),
        MaxPool max => max.Pads.Index().All(p => p.Item < max.Kernel[p.Index % max.Kernel.Count]),
        _ => true,
    };

    private static bool IsNeverNegative(string value, ValueUses uses, ConstantValues constants) => uses.Maker(value) switch
    {
        { Op: Relu or Sigmoid or HardSigmoid or Softmax or Softplus or Exp or Abs } => true,
        { Op: Clip } clip => clip.Inputs.Count > 1 && constants.Floats(clip.Inputs[1]) is { ElementCount: 1 } low && low.Values<float>()[0] >= 0,
        { Op: MaxPool or AveragePool or GlobalAveragePool or GlobalMaxPool or Transpose or Reshape or Flatten } moved => IsNeverNegative(moved.Inputs[0], uses, constants),
        _ => false,
    };
}
