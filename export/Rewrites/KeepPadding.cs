using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Keeps a <c>Pad</c> with zeros apart from the pooling behind it where it is as large as the window. ONNX Runtime moves any zeros into a pooling while it loads a model
/// (1.29, core/optimizer/pad_fusion.cc), and then refuses the model, because a pooling's padding must be smaller than its window. It moves nothing but zeros, so the smallest
/// normal number takes their place.
/// </summary>
internal sealed record KeepPadding : Rewrite
{
    private const float AlmostZero = 1.17549435e-38f;

    /// <inheritdoc/>
    public override string Name => "keep-padding";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        if (!graph.Nodes.Any(static n => n.Op is Pad))
        {
            return Changed(graph);
        }

        var (uses, constants, types) = (new ValueUses(graph), new ConstantValues(graph), GraphTypes.Infer(graph));
        var kept = graph.Nodes.Select(node => TooLarge(node, uses, constants)).OfType<Node>().Where(pad => types[pad.Inputs[0]]?.Element == ElementType.Float32).Select(static pad => pad.Name).ToHashSet(StringComparer.Ordinal);
        if (kept.Count == 0)
        {
            return Changed(graph);
        }

        var fill = new ValueNames(graph).New("padding.fill");
        return Changed(
            graph with
            {
                Nodes = graph.Nodes.Select(node => kept.Contains(node.Name) ? node with { Inputs = [.. node.Inputs.Take(2), fill] } : node).ToEquatableArray(),
                Initializers = new(graph.Initializers.Append(new(fill, TensorData.Scalar(AlmostZero)))),
            },
            new Change(kept.Count, "kept"));
    }

    /// <summary>The padding in front of a pooling that is too large for it; null when there is none.</summary>
    private static Node? TooLarge(Node node, ValueUses uses, ConstantValues constants)
    {
        (EquatableArray<long> own, EquatableArray<long> kernel) = node.Op switch
        {
            AveragePool mean => (mean.Pads, mean.Kernel),
            MaxPool max => (max.Pads, max.Kernel),
            _ => ([], []),
        };
        return !kernel.IsEmpty && uses.Maker(node.Inputs[0]) is { Op: Pad } pad && uses.HasOneReader(node.Inputs[0])
            && ImagePadding.Borders(pad, constants) is { } borders && !ImagePadding.Fit(ImagePadding.Sum(own, borders), kernel)
                ? pad
                : null;
    }
}
