namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Operators that later opsets extended: as long as a node does not use what is new, it is in the old form. And operators that are new, but a
/// combination of old ones (onnx/docs/Changelog.md).
/// </summary>
internal static class NewerForms
{
    // More channels than any network has; a file may claim any number.
    private const long MostChannels = 1 << 16;

    internal static IEnumerable<KeyValuePair<string, ReadingForm>> Rules { get; } =
    [
        new("AveragePool", static (node, _, _) => node.Ints("dilations") is { } dilations && dilations.Any(static d => d != 1) ? null : [node.Without("dilations")]),

        // Both settings concern types of 8 bits that are not held here.
        new("Cast", static (node, opset, _) => [opset >= 19 ? node.Without("saturate", "round_mode") : node]),
        new("GridSample", static (node, opset, context) => opset < 20 ? [node] : context.Shape(node, 0) is { Rank: 4 } ? [OldMode(node)] : null),
        new("GroupNormalization", GroupNormalization),
        new("QuantizeLinear", Quantization),
        new("DequantizeLinear", Quantization),

        // The sampling points have moved by half a pixel.
        new("RoiAlign", static (node, opset, _) => [opset >= 16 ? node : node.With("coordinate_transformation_mode", new AttributeValue.Text("output_half_pixel"))]),
        new("Scatter", static (node, opset, _) => opset < 11 ? [node with { Type = "ScatterElements" }] : null),
        new("ScatterElements", static (node, opset, _) => opset >= 18 && node.Text("reduction") is "max" or "min" ? null : [node]),
        new("ScatterND", static (node, opset, _) => opset >= 18 && node.Text("reduction") is "max" or "min" ? null : [node]),
        new("Swish", Swish),
    ];

    // Blocks, scales of other types and integers of other widths than 8 bits are newer than the records.
    private static IReadOnlyList<FileNode>? Quantization(FileNode node, int opset, FormContext context)
    {
        var isPlain = node.Int("block_size") is null or 0 && node.Int("output_dtype") is null or 0 && node.Int("precision") is null or 0
            && (node.Type == "QuantizeLinear" || Is(0, ElementType.UInt8, ElementType.Int8, ElementType.Int32)) && Is(1, ElementType.Float32) && Is(2, ElementType.UInt8, ElementType.Int8, ElementType.Int32);
        return isPlain ? [node.Without("saturate", "block_size", "output_dtype", "precision")] : null;

        bool Is(int input, params ReadOnlySpan<ElementType> types) => !node.Has(input) || context.Type(node.Inputs[input]) is not { } type || types.Contains(type.Element);
    }

    private static FileNode OldMode(FileNode node) => node.Text("mode") switch
    {
        "linear" or null => node.With("mode", new AttributeValue.Text("bilinear")),
        "cubic" => node.With("mode", new AttributeValue.Text("bicubic")),
        _ => node,
    };

    /// <summary>x · σ(α·x).</summary>
    private static FileNode[] Swish(FileNode node, int opset, FormContext context)
    {
        var scaled = node.Inputs[0];
        var nodes = new List<FileNode>();
        if (node.Float("alpha") is { } alpha and not 1)
        {
            var factor = context.NewConstant(node, "alpha", TensorData.Scalar(alpha));
            scaled = context.NewName($"{node.Name}.scaled");
            nodes.AddRange([factor, new(scaled, "Mul", "", [node.Inputs[0], factor.Name], [scaled], [])]);
        }

        var gate = context.NewName($"{node.Name}.gate");
        return [.. nodes, new(gate, "Sigmoid", "", [scaled], [gate], []), node with { Type = "Mul", Inputs = [node.Inputs[0], gate], Attributes = [] }];
    }

    /// <summary>Until opset 20 scale and bias are given per group, from 21 on per channel.</summary>
    private static IReadOnlyList<FileNode>? GroupNormalization(FileNode node, int opset, FormContext context)
    {
        if (opset >= 21)
        {
            return [node];
        }

        var groups = node.Int("num_groups") ?? 0;
        if (context.Shape(node, 0) is not [_, { IsKnown: true } channels, ..] || channels.Value > MostChannels || groups < 1 || channels.Value % groups != 0
            || PerChannel(1) is not { } scale || PerChannel(2) is not { } bias)
        {
            return null;
        }

        return [scale, bias, node with { Inputs = [node.Inputs[0], scale.Name, bias.Name] }];

        FileNode? PerChannel(int input) => node.Has(input) && context.Constant(node.Inputs[input]) is { Type: ElementType.Float32 } values && values.ElementCount == groups
            ? context.NewConstant(node, input == 1 ? "scale" : "bias", TensorData.Of<float>([.. values.Values<float>().ToArray().SelectMany(v => Enumerable.Repeat(v, (int)(channels.Value / groups)))]))
            : null;
    }
}
