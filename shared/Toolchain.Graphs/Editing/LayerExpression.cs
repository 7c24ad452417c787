namespace Toolchain.Graphs.Editing;

/// <summary>
/// A layer as PyTorch writes it, <c>Conv2d(64, kernel_size=3, padding=1)</c>: arguments by position or by name. Sizes that follow from the layer's
/// input, such as <c>in_channels</c>, are not written. <c>Sequential(Linear(256), ReLU(), Linear(10))</c> holds layers.
/// </summary>
public sealed record LayerExpression
{
    internal LayerExpression(string name, EquatableArray<LayerArgument> arguments) => (Name, Arguments) = (name, arguments);

    /// <summary>The layer's name in PyTorch.</summary>
    public string Name { get; }

    /// <summary>The arguments as they were written.</summary>
    internal EquatableArray<LayerArgument> Arguments { get; }

    /// <summary>Reads an expression and checks it: the layer's name, and every argument's name and value.</summary>
    /// <exception cref="ToolchainException">It is not understood; the message says where, and how the layer is written (<see cref="ErrorKind.Usage"/>).</exception>
    public static LayerExpression Parse(string text)
    {
        var expression = new LayerExpressionReader(text).Read();
        _ = expression.ToLayer();
        return expression;
    }

    /// <summary>The layer, for <see cref="GraphBuilder.Apply"/>.</summary>
    public Layer ToLayer() => LayerKinds.Make(this);

    /// <summary>The expression in one spelling: <c>Conv2d(64, kernel_size=3)</c>.</summary>
    public override string ToString() => $"{Name}({string.Join(", ", Arguments)})";
}

/// <summary>An argument of a layer.</summary>
/// <param name="Name">Null for one that is given by its position.</param>
/// <param name="Value">Its value.</param>
internal sealed record LayerArgument(string? Name, LayerValue Value)
{
    public override string ToString() => Name is null ? Value.ToString() : $"{Name}={Value}";
}

/// <summary>The value of an argument.</summary>
internal abstract record LayerValue
{
    /// <summary>A number or a word (<c>True</c>, <c>None</c>), as it was written.</summary>
    internal sealed record Word(string Text) : LayerValue
    {
        public override string ToString() => Text;
    }

    /// <summary>Values in parentheses: <c>(6, 6)</c>.</summary>
    internal sealed record Tuple(EquatableArray<LayerValue> Items) : LayerValue
    {
        public override string ToString() => $"({string.Join(", ", Items)})";
    }

    /// <summary>A layer.</summary>
    internal sealed record Nested(LayerExpression Layer) : LayerValue
    {
        public override string ToString() => Layer.ToString();
    }
}
