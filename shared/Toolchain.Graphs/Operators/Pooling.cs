namespace Toolchain.Graphs;

/// <summary>What the windowed operators share.</summary>
internal static class Pooling
{
    internal static IEnumerable<Attribute> AutoPadAttribute(AutoPad value) => value == AutoPad.Explicit
        ? []
        : [new("auto_pad", new AttributeValue.Text(value switch
        {
            AutoPad.SameUpper => "SAME_UPPER",
            AutoPad.SameLower => "SAME_LOWER",
            AutoPad.Valid => "VALID",
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "Unknown auto_pad."),
        }))];

    internal static AutoPad ReadAutoPad(AttributeReader a) => a.Text("auto_pad", "NOTSET") switch
    {
        "NOTSET" => AutoPad.Explicit,
        "SAME_UPPER" => AutoPad.SameUpper,
        "SAME_LOWER" => AutoPad.SameLower,
        "VALID" => AutoPad.Valid,
        var other => throw a.Fail("auto_pad", "NOTSET, SAME_UPPER, SAME_LOWER or VALID", other),
    };

    internal static EquatableArray<TensorType> Infer(NodeContext node, Window window, bool ceil)
    {
        var input = node.Shape(0);
        return [new(node.Input(0).Element, input is null ? null : [input[0], input[1], .. window.Kernel.Select((_, axis) => window.Output(node, axis, input[axis + 2], ceil))])];
    }
}

/// <summary>Maximum over windows, ONNX <c>MaxPool</c> opset 12, first output only. X [N, C, spatial…] → [N, C, spatial…].</summary>
/// <param name="Kernel">Sizes.</param>
/// <param name="Strides">Empty for 1.</param>
/// <param name="Pads">All beginnings, then all ends; empty for 0. Padding never wins.</param>
/// <param name="Dilations">Empty for 1.</param>
/// <param name="CeilMode">Round output sizes up.</param>
/// <param name="AutoPad">How to pad.</param>
public sealed record MaxPool(
    EquatableArray<long> Kernel, EquatableArray<long> Strides = default, EquatableArray<long> Pads = default,
    EquatableArray<long> Dilations = default, bool CeilMode = false, AutoPad AutoPad = AutoPad.Explicit) : Operator
{
    /// <inheritdoc/>
    public override string Type => "MaxPool";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
    [
        .. Pooling.AutoPadAttribute(AutoPad),
        .. Unless(0, "ceil_mode", CeilMode ? 1 : 0),
        .. Unless(1, "dilations", Dilations),
        .. Optional("kernel_shape", Kernel),
        .. Unless(0, "pads", Pads),
        .. Unless(1, "strides", Strides),
    ];

    internal static MaxPool Read(AttributeReader a)
    {
        a.Expect("storage_order", 0);
        return new(a.RequiredInts("kernel_shape"), a.Ints("strides"), a.Ints("pads"), a.Ints("dilations"), a.Flag("ceil_mode"), Pooling.ReadAutoPad(a));
    }

    /// <summary>The window with every default filled in.</summary>
    public Window Window(NodeContext node) => Graphs.Window.Resolve(node, node.Shape(0), Kernel, Strides, Dilations, Pads, AutoPad);

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) => node.Node.Outputs.Count == 1
        ? Pooling.Infer(node, Window(node), CeilMode)
        : throw node.Fail("the second output (indices) is not supported");

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.MaxPool(this, context);
}

/// <summary>Mean over windows, ONNX <c>AveragePool</c> opset 11. X [N, C, spatial…] → [N, C, spatial…].</summary>
/// <param name="Kernel">Sizes.</param>
/// <param name="Strides">Empty for 1.</param>
/// <param name="Pads">All beginnings, then all ends; empty for 0.</param>
/// <param name="CeilMode">Round output sizes up.</param>
/// <param name="CountIncludePad">Whether padding counts in the divisor; ONNX's default is no, PyTorch's is yes.</param>
/// <param name="AutoPad">How to pad.</param>
public sealed record AveragePool(
    EquatableArray<long> Kernel, EquatableArray<long> Strides = default, EquatableArray<long> Pads = default,
    bool CeilMode = false, bool CountIncludePad = false, AutoPad AutoPad = AutoPad.Explicit) : Operator
{
    /// <inheritdoc/>
    public override string Type => "AveragePool";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
    [
        .. Pooling.AutoPadAttribute(AutoPad),
        .. Unless(0, "ceil_mode", CeilMode ? 1 : 0),
        .. Unless(0, "count_include_pad", CountIncludePad ? 1 : 0),
        .. Optional("kernel_shape", Kernel),
        .. Unless(0, "pads", Pads),
        .. Unless(1, "strides", Strides),
    ];

    internal static AveragePool Read(AttributeReader a) =>
        new(a.RequiredInts("kernel_shape"), a.Ints("strides"), a.Ints("pads"), a.Flag("ceil_mode"), a.Flag("count_include_pad"), Pooling.ReadAutoPad(a));

    /// <summary>The window with every default filled in.</summary>
    public Window Window(NodeContext node) => Graphs.Window.Resolve(node, node.Shape(0), Kernel, Strides, [], Pads, AutoPad);

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) => Pooling.Infer(node, Window(node), CeilMode);

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.AveragePool(this, context);
}

/// <summary>An operator that makes one value of each channel. X [N, C, spatial…] → [N, C, 1…].</summary>
public abstract record GlobalPool : Operator
{
    /// <inheritdoc/>
    public sealed override EquatableArray<TensorType> Infer(NodeContext node)
    {
        var input = node.Shape(0);
        return input is { Rank: < 3 }
            ? throw node.Fail($"the input must be [N, C, spatial…], found {input}")
            : [new(node.Input(0).Element, input is null ? null : [input[0], input[1], .. Enumerable.Repeat((Dimension)1, input.Rank - 2)])];
    }
}

/// <summary>Mean over all spatial axes, ONNX <c>GlobalAveragePool</c> opset 1.</summary>
public sealed record GlobalAveragePool : GlobalPool
{
    /// <inheritdoc/>
    public override string Type => "GlobalAveragePool";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.GlobalAveragePool(this, context);
}

/// <summary>Maximum over all spatial axes, ONNX <c>GlobalMaxPool</c> opset 1.</summary>
public sealed record GlobalMaxPool : GlobalPool
{
    /// <inheritdoc/>
    public override string Type => "GlobalMaxPool";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.GlobalMaxPool(this, context);
}
