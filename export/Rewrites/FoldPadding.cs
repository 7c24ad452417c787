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
            var merged = node.Inputs.Count > 0 && uses.Maker(node.Inputs[0]) is { Op: Pad } pad && ImagePadding.Borders(pad, constants) is { } borders ? Padded(node, pad, borders, uses, constants) : null;
            folded += merged is null ? 0 : 1;
            return merged ?? node;
        }).ToEquatableArray();
        return Changed(graph with { Nodes = nodes }, new Change(folded, "folded"));
    }

    private static Node? Padded(Node node, Node pad, EquatableArray<long> borders, ValueUses uses, ConstantValues constants)
    {
        Operator? op = node.Op switch
        {
            Conv { AutoPad: AutoPad.Explicit or AutoPad.Valid } conv => conv with { AutoPad = AutoPad.Explicit, Pads = ImagePadding.Sum(conv.AutoPad == AutoPad.Valid ? [] : conv.Pads, borders) },
            AveragePool { CeilMode: false, AutoPad: AutoPad.Explicit or AutoPad.Valid } mean when mean.CountIncludePad || mean.AutoPad == AutoPad.Valid || mean.Pads.All(static p => p == 0) =>
                mean with { AutoPad = AutoPad.Explicit, CountIncludePad = true, Pads = ImagePadding.Sum(mean.AutoPad == AutoPad.Valid ? [] : mean.Pads, borders) },
            MaxPool { CeilMode: false, AutoPad: AutoPad.Explicit or AutoPad.Valid } max when max.Dilations.All(static d => d == 1) && IsNeverNegative(pad.Inputs[0], uses, constants) =>
                max with { AutoPad = AutoPad.Explicit, Pads = ImagePadding.Sum(max.AutoPad == AutoPad.Valid ? [] : max.Pads, borders) },
            _ => null,
        };
        return op is not null && FitsWindow(op) ? node with { Op = op, Inputs = node.Inputs.Select((input, i) => i == 0 ? pad.Inputs[0] : input).ToEquatableArray() } : null;
    }

    private static bool FitsWindow(Operator op) => op switch
    {
        AveragePool mean => ImagePadding.Fit(mean.Pads, mean.Kernel),
        MaxPool max => ImagePadding.Fit(max.Pads, max.Kernel),
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
