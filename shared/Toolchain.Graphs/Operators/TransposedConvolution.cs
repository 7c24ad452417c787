namespace Toolchain.Graphs;

/// <summary>
/// Transposed convolution, the gradient of <see cref="Conv"/> as a layer, ONNX <c>ConvTranspose</c> opset 11. Inputs: X [N, C, spatial…],
/// W [C, M/group, kernel…], optional B [M]; output [N, M, spatial…], each spatial size stride·(in − 1) + output padding + dilation·(kernel − 1) + 1 − pads.
/// The forms <c>auto_pad</c> = SAME_* and <c>output_shape</c>, whose pads differ between versions of ONNX, are read as <see cref="Foreign"/>.
/// </summary>
/// <param name="Kernel">Sizes; empty to take them from W.</param>
/// <param name="Strides">Empty for 1.</param>
/// <param name="Pads">What is cut off the output: all beginnings, then all ends; empty for 0.</param>
/// <param name="Dilations">Empty for 1.</param>
/// <param name="Group">Groups of channels that are convolved apart.</param>
/// <param name="OutputPadding">What is added to the end of each output axis, less than its stride or dilation; empty for 0.</param>
public sealed record ConvTranspose(
    EquatableArray<long> Kernel = default, EquatableArray<long> Strides = default, EquatableArray<long> Pads = default,
    EquatableArray<long> Dilations = default, long Group = 1, EquatableArray<long> OutputPadding = default) : Operator
{
    /// <inheritdoc/>
    public override string Type => "ConvTranspose";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
    [
        .. Unless(1, "dilations", Dilations),
        .. Unless(1, "group", Group),
        .. Optional("kernel_shape", Kernel),
        .. Unless(0, "output_padding", OutputPadding),
        .. Unless(0, "pads", Pads),
        .. Unless(1, "strides", Strides),
    ];

    internal static ConvTranspose? Read(AttributeReader a)
    {
        var (autoPad, pads) = (Pooling.ReadAutoPad(a), a.Ints("pads"));
        return autoPad is AutoPad.SameUpper or AutoPad.SameLower || a.Has("output_shape")
            ? null
            : new(a.Ints("kernel_shape"), a.Ints("strides"), autoPad == AutoPad.Valid ? [] : pads, a.Ints("dilations"), a.Int("group", 1), a.Ints("output_padding"));
    }

    /// <summary>The window with every default filled in.</summary>
    public Window Window(NodeContext node)
    {
        var weight = node.Shape(1) ?? throw node.Fail("the weight's shape is unknown");
        if (weight.Rank < 3 || !weight.IsKnown)
        {
            throw node.Fail($"the weight must be [C, M/group, kernel…] with known sizes, found {weight}");
        }

        var sizes = weight.Skip(2).Select(static d => d.Value).ToEquatableArray();
        return !Kernel.IsEmpty && Kernel != sizes
            ? throw node.Fail($"attribute 'kernel_shape' is {Kernel}, but the weight has {sizes}")
            : Graphs.Window.Resolve(node, node.Shape(0), sizes, Strides, Dilations, Pads, AutoPad.Explicit);
    }

    /// <summary>The output padding with its default filled in, one item per spatial axis.</summary>
    public EquatableArray<long> Added(NodeContext node, Window window)
    {
        var added = OutputPadding.IsEmpty ? EquatableArray.Repeat(0L, window.Kernel.Count) : OutputPadding;
        if (added.Count != window.Kernel.Count)
        {
            throw node.Fail($"attribute 'output_padding' must have {window.Kernel.Count} items, found {added}");
        }

        var fits = added.Select((a, axis) => a >= 0 && a < Math.Max(window.Strides[axis], window.Dilations[axis])).All(static ok => ok);
        return fits ? added : throw node.Fail($"the output padding {added} must be less than the strides {window.Strides} or the dilations {window.Dilations}");
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var window = Window(node);
        var added = Added(node, window);
        var (input, weight) = (node.Shape(0), node.Shape(1)!);
        var (inputs, outputs) = (weight[0].Value, checked(weight[1].Value * Group));
        if (Group < 1 || inputs % Group != 0)
        {
            throw node.Fail($"{inputs} input channels cannot be split into {Group} groups");
        }

        if (input is not null && !input[1].Admits(inputs))
        {
            throw node.Fail($"the weight expects {inputs} input channels, found {input[1]} in {input}");
        }

        if (node.Has(2) && node.Shape(2) is { } bias && !bias.Equals(Shape.Of([outputs])))
        {
            throw node.Fail($"the bias must be [{outputs}], found {bias}");
        }

        return [new(node.Input(0).Element, input is null ? null : [input[0], outputs, .. window.Kernel.Select((_, axis) => Output(node, window, axis, input[axis + 2], added[axis]))])];
    }

    /// <summary>Each input value meets every weight of its channel.</summary>
    public override long MultiplyAdds(NodeContext node, Shape output) =>
        checked((node.Shape(0)?.Elements() ?? 0) * node.Shape(1)!.Skip(1).Aggregate(1L, static (product, d) => product * d.Value));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.ConvTranspose(this, context);

    private static Dimension Output(NodeContext node, Window window, int axis, Dimension input, long added)
    {
        if (!input.IsKnown)
        {
            return Dimension.Unknown;
        }

        var size = checked((window.Strides[axis] * (input.Value - 1)) + added + (window.Dilations[axis] * (window.Kernel[axis] - 1)) + 1 - window.Begin[axis] - window.End[axis]);
        return size > 0 ? size : throw node.Fail($"pads {window.Begin[axis]}+{window.End[axis]} leave nothing of {size + window.Begin[axis] + window.End[axis]} pixels; use less padding or a larger image");
    }
}
