namespace Toolchain.Graphs;

/// <summary>
/// Convolution (cross-correlation), ONNX <c>Conv</c> opset 11. Inputs: X [N, C, spatial…], W [M, C/group, kernel…], optional B [M]; output [N, M, spatial…].
/// </summary>
/// <param name="Kernel">Sizes; empty to take them from W.</param>
/// <param name="Strides">Empty for 1.</param>
/// <param name="Pads">All beginnings, then all ends; empty for 0.</param>
/// <param name="Dilations">Empty for 1.</param>
/// <param name="Group">Groups of channels that are convolved apart.</param>
/// <param name="AutoPad">How to pad.</param>
public sealed record Conv(
    EquatableArray<long> Kernel = default, EquatableArray<long> Strides = default, EquatableArray<long> Pads = default,
    EquatableArray<long> Dilations = default, long Group = 1, AutoPad AutoPad = AutoPad.Explicit) : Operator
{
    /// <inheritdoc/>
    public override string Type => "Conv";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
    [
        .. Pooling.AutoPadAttribute(AutoPad),
        .. Unless(1, "dilations", Dilations),
        .. Unless(1, "group", Group),
        .. Optional("kernel_shape", Kernel),
        .. Unless(0, "pads", Pads),
        .. Unless(1, "strides", Strides),
    ];

    internal static Conv Read(AttributeReader a) =>
        new(a.Ints("kernel_shape"), a.Ints("strides"), a.Ints("pads"), a.Ints("dilations"), a.Int("group", 1), Pooling.ReadAutoPad(a));

    /// <summary>The window with every default filled in.</summary>
    public Window Window(NodeContext node)
    {
        var weight = node.Shape(1) ?? throw node.Fail("the weight's shape is unknown");
        if (weight.Rank < 3 || !weight.IsKnown)
        {
            throw node.Fail($"the weight must be [M, C/group, kernel…] with known sizes, found {weight}");
        }

        var sizes = weight.Skip(2).Select(static d => d.Value).ToEquatableArray();
        return !Kernel.IsEmpty && Kernel != sizes
            ? throw node.Fail($"attribute 'kernel_shape' is {Kernel}, but the weight has {sizes}")
            : Graphs.Window.Resolve(node, node.Shape(0), sizes, Strides, Dilations, Pads, AutoPad);
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var window = Window(node);
        var (input, weight) = (node.Shape(0), node.Shape(1)!);
        var (outputs, channelsPerGroup) = (weight[0].Value, weight[1].Value);
        if (Group < 1 || outputs % Group != 0)
        {
            throw node.Fail($"{outputs} output channels cannot be split into {Group} groups");
        }

        if (input is not null && !input[1].Admits(channelsPerGroup * Group))
        {
            throw node.Fail($"the weight expects {channelsPerGroup * Group} input channels, found {input[1]} in {input}");
        }

        if (node.Has(2) && node.Shape(2) is { } bias && !bias.Equals(Shape.Of([outputs])))
        {
            throw node.Fail($"the bias must be [{outputs}], found {bias}");
        }

        return [new(node.Input(0).Element, input is null ? null : [input[0], outputs, .. window.Kernel.Select((_, axis) => window.Output(node, axis, input[axis + 2]))])];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) =>
        checked((output.Elements() ?? 0) * node.Shape(1)!.Skip(1).Aggregate(1L, static (product, d) => product * d.Value));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Conv(this, context);
}
