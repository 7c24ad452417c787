namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Upsample (opsets 7 to 9), which became Resize in opset 10; until then pixel x of the output lies at x / scale of the input, and the nearest one is the
/// one before it, or after it where the image shrinks, as ONNX Runtime computes both. From opset 18 on Resize may name the axes that it resizes.
/// </summary>
internal static class ResizeForms
{
    private const int Scales = 2;
    private const int Sizes = 3;

    internal static IEnumerable<KeyValuePair<string, ReadingForm>> Rules { get; } = [new("Upsample", Upsample), new("Resize", Resize)];

    private static IReadOnlyList<FileNode>? Upsample(FileNode node, int opset, FormContext context)
    {
        if (opset >= 10)
        {
            return null;
        }

        if (opset >= 9)
        {
            return Old(node, context);
        }

        if (node.Value("scales") is not AttributeValue.Floats { Value: var scales })
        {
            return null;
        }

        var constant = context.NewConstant(node, "scales", TensorData.Of(scales.AsSpan()));
        return Old(node.Without("scales") with { Inputs = [node.Inputs[0], constant.Name] }, context, scales) is { } resized ? [constant, .. resized] : null;
    }

    private static IReadOnlyList<FileNode>? Resize(FileNode node, int opset, FormContext context) => opset switch
    {
        10 => Old(node, context),
        < 18 => node.Text("coordinate_transformation_mode") == "tf_half_pixel_for_nn" ? null : [node],
        _ => New(node, context),
    };

    private static IReadOnlyList<FileNode>? Old(FileNode node, FormContext context, EquatableArray<float>? known = null)
    {
        if (!node.Has(1))
        {
            return null;
        }

        // Upsample only grows, also by what is computed; of Resize only interpolation does not ask which.
        var scales = known ?? (context.Constant(node.Inputs[1]) is { Type: ElementType.Float32 } data ? EquatableArray.Create(data.Values<float>()) : null);
        if (scales is null && node.Type != "Upsample" && node.Text("mode") != "linear")
        {
            return null;
        }

        var (shrinks, grows) = (scales?.Any(static s => s < 1) == true, scales?.Any(static s => s > 1) == true);
        var resize = node
            .With("coordinate_transformation_mode", new AttributeValue.Text("asymmetric"))
            .With("mode", new AttributeValue.Text(node.Text("mode") ?? "nearest"))
            .With("nearest_mode", new AttributeValue.Text(shrinks ? "ceil" : "floor"));
        return shrinks && grows && resize.Text("mode") == "nearest" ? null : [resize with { Type = "Resize", Inputs = [node.Inputs[0], "", node.Inputs[1]] }];
    }

    private static IReadOnlyList<FileNode>? New(FileNode node, FormContext context)
    {
        var asBefore = node.Int("antialias") is null or 0 && node.Text("keep_aspect_ratio_policy") is null or "stretch" && node.Text("coordinate_transformation_mode") != "half_pixel_symmetric";
        if (!asBefore)
        {
            return null;
        }

        var plain = node.Without("antialias", "keep_aspect_ratio_policy", "axes");
        if (node.Ints("axes") is not { IsEmpty: false } axes)
        {
            return [plain];
        }

        var (input, what) = node.Has(Scales) ? (Scales, "scales") : (Sizes, "sizes");
        if (node.Has(1) || !node.Has(input) || context.Constant(node.Inputs[input]) is not { } given || context.Shape(node, 0) is not { } shape || OnAllAxes(given, axes, shape) is not { } all)
        {
            return null;
        }

        var constant = context.NewConstant(node, what, all);
        return [constant, plain with { Inputs = input == Scales ? [node.Inputs[0], "", constant.Name] : [node.Inputs[0], "", "", constant.Name] }];
    }

    private static TensorData? OnAllAxes(TensorData given, EquatableArray<long> axes, Shape shape)
    {
        var places = axes.Select(a => a < 0 ? a + shape.Rank : a).ToArray();
        if (given.ElementCount != places.Length || Array.Exists(places, p => p < 0 || p >= shape.Rank))
        {
            return null;
        }

        if (given.Type == ElementType.Float32)
        {
            var scales = Enumerable.Repeat(1f, shape.Rank).ToArray();
            foreach (var (index, place) in places.Index())
            {
                scales[place] = given.Values<float>()[index];
            }

            return TensorData.Of<float>(scales);
        }

        if (given.Type != ElementType.Int64 || shape.Where((d, axis) => !d.IsKnown && !places.Contains(axis)).Any())
        {
            return null;
        }

        var sizes = shape.Select(static d => d.IsKnown ? d.Value : 0).ToArray();
        foreach (var (index, place) in places.Index())
        {
            sizes[place] = given.Values<long>()[index];
        }

        return TensorData.Of<long>(sizes);
    }
}
