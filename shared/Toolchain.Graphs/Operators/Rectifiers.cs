namespace Toolchain.Graphs;

/// <summary>x above 0, α·(e^x − 1) below, ONNX <c>Elu</c> opset 6 (Clevert et al. 2016, arXiv 1511.07289).</summary>
public sealed record Elu(float Alpha = 1) : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Elu";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(1f, "alpha", Alpha);

    internal static Elu Read(AttributeReader a) => new(a.Float("alpha", 1));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Elu(this, context);
}

/// <summary>γ·x above 0, γ·α·(e^x − 1) below, ONNX <c>Selu</c> opset 6 (Klambauer et al. 2017, arXiv 1706.02515).</summary>
public sealed record Selu(float Alpha = Selu.StandardAlpha, float Gamma = Selu.StandardGamma) : UnaryOperator
{
    private const float StandardAlpha = 1.67326319217681884765625f;
    private const float StandardGamma = 1.05070102214813232421875f;

    /// <inheritdoc/>
    public override string Type => "Selu";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [.. Unless(StandardAlpha, "alpha", Alpha), .. Unless(StandardGamma, "gamma", Gamma)];

    internal static Selu Read(AttributeReader a) => new(a.Float("alpha", StandardAlpha), a.Float("gamma", StandardGamma));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Selu(this, context);
}

/// <summary>x above 0, slope·x below, ONNX <c>PRelu</c> opset 16 (He et al. 2015, arXiv 1502.01852). Input 1 is the slope, broadcast to X.</summary>
public sealed record PRelu : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "PRelu";

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Shape(1) is { } slope && node.Shape(0) is { } input)
        {
            Broadcasting.Onto(node, input, slope, "slope");
        }

        return [node.Input(0)];
    }

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.PRelu(this, context);
}

/// <summary>min(max(α·x + β, 0), 1), ONNX <c>HardSigmoid</c> opset 6. PyTorch's α is 1/6.</summary>
public sealed record HardSigmoid(float Alpha = 0.2f, float Beta = 0.5f) : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "HardSigmoid";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [.. Unless(0.2f, "alpha", Alpha), .. Unless(0.5f, "beta", Beta)];

    internal static HardSigmoid Read(AttributeReader a) => new(a.Float("alpha", 0.2f), a.Float("beta", 0.5f));

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.HardSigmoid(this, context);
}

/// <summary>x · min(max(x/6 + ½, 0), 1), ONNX <c>HardSwish</c> opset 14 (Howard et al. 2019, arXiv 1905.02244).</summary>
public sealed record HardSwish : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "HardSwish";

    /// <inheritdoc/>
    public override int Since => 14;

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.HardSwish(this, context);
}

/// <summary>ln(1 + e^x), ONNX <c>Softplus</c> opset 1.</summary>
public sealed record Softplus : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Softplus";

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Softplus(this, context);
}

/// <summary>x · tanh(ln(1 + e^x)), ONNX <c>Mish</c> opset 18 (Misra 2019, arXiv 1908.08681).</summary>
public sealed record Mish : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Mish";

    /// <inheritdoc/>
    public override int Since => 18;

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Mish(this, context);
}

/// <summary>x · Φ(x) with the normal distribution's Φ, ONNX <c>Gelu</c> opset 20 (Hendrycks and Gimpel 2016, arXiv 1606.08415).</summary>
/// <param name="Tanh">Whether Φ is approximated as ½·(1 + tanh(√(2/π)·(x + 0.044715·x³))); by default it is exact.</param>
public sealed record Gelu(bool Tanh = false) : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "Gelu";

    /// <inheritdoc/>
    public override int Since => 20;

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless("none", "approximate", Tanh ? "tanh" : "none");

    internal static Gelu Read(AttributeReader a) => new(a.Text("approximate", "none") switch
    {
        "none" => false,
        "tanh" => true,
        var other => throw a.Fail("approximate", "none or tanh", other),
    });

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.Gelu(this, context);
}
