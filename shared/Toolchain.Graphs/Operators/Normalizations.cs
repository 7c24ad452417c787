namespace Toolchain.Graphs;

/// <summary>
/// Local response normalisation between channels, ONNX <c>LRN</c> opset 13 (Krizhevsky et al. 2012, section 3.3):
/// x / (bias + α/size · Σ x²)^β, the sum over size channels around each. X [N, C, …].
/// </summary>
public sealed record LRN(long Size, float Alpha = 1e-4f, float Beta = 0.75f, float Bias = 1) : UnaryOperator
{
    /// <inheritdoc/>
    public override string Type => "LRN";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes =>
        [.. Unless(1e-4f, "alpha", Alpha), .. Unless(0.75f, "beta", Beta), .. Unless(1f, "bias", Bias), new("size", new AttributeValue.Int(Size))];

    internal static LRN Read(AttributeReader a) => new(a.RequiredInt("size"), a.Float("alpha", 1e-4f), a.Float("beta", 0.75f), a.Float("bias", 1));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) =>
        Size < 1 ? throw node.Fail($"attribute 'size' must be at least 1, found {Size}")
        : node.Shape(0) is { Rank: < 3 } shape ? throw node.Fail($"the input must be [N, C, spatial…], found {shape}")
        : [node.Input(0)];

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) => checked((output.Elements() ?? 0) * Size);

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.LRN(this, context);
}

/// <summary>
/// Normalises each channel of each item by its own mean and variance, ONNX <c>InstanceNormalization</c> opset 6 (Ulyanov et al. 2016, arXiv 1607.08022).
/// Inputs: X [N, C, spatial…], scale and B, each [C].
/// </summary>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record InstanceNormalization(float Epsilon = 1e-5f) : Operator
{
    /// <inheritdoc/>
    public override string Type => "InstanceNormalization";

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => Unless(1e-5f, "epsilon", Epsilon);

    internal static InstanceNormalization Read(AttributeReader a) => new(a.Float("epsilon", 1e-5f));

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) => ChannelParameters.Infer(node);

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) => output.Elements() ?? 0;

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.InstanceNormalization(this, context);
}

/// <summary>
/// Normalises groups of channels of each item by their mean and variance, ONNX <c>GroupNormalization</c> opset 21 (Wu and He 2018, arXiv 1803.08494).
/// Inputs: X [N, C, spatial…], scale and bias, each [C]. The form of opset 18, whose scale and bias are per group, is not this one.
/// </summary>
/// <param name="Groups">Into how many groups the channels are divided.</param>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record GroupNormalization(long Groups, float Epsilon = 1e-5f) : Operator
{
    /// <inheritdoc/>
    public override string Type => "GroupNormalization";

    /// <inheritdoc/>
    public override int Since => 21;

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [.. Unless(1e-5f, "epsilon", Epsilon), new("num_groups", new AttributeValue.Int(Groups))];

    internal static GroupNormalization Read(AttributeReader a)
    {
        // The type in which statistics are computed; only float32 is.
        a.Expect("stash_type", 1);
        return new(a.RequiredInt("num_groups"), a.Float("epsilon", 1e-5f));
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node) =>
        Groups < 1 || (node.Shape(0) is [_, { IsKnown: true } channels, ..] && channels.Value % Groups != 0)
            ? throw node.Fail($"the channels of {node.Shape(0)?.ToString() ?? "the input"} cannot be divided into {Groups} groups")
            : ChannelParameters.Infer(node);

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) => output.Elements() ?? 0;

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.GroupNormalization(this, context);
}

/// <summary>
/// Normalises all axes from one on by their mean and variance, ONNX <c>LayerNormalization</c> opset 17 (Ba et al. 2016, arXiv 1607.06450), first output only.
/// Inputs: X, scale and optional bias, both broadcastable to the normalised axes.
/// </summary>
/// <param name="Axis">The first normalised axis; may count from the end.</param>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record LayerNormalization(long Axis = -1, float Epsilon = 1e-5f) : Operator
{
    /// <inheritdoc/>
    public override string Type => "LayerNormalization";

    /// <inheritdoc/>
    public override int Since => 17;

    /// <inheritdoc/>
    public override IEnumerable<Attribute> Attributes => [.. Unless(-1, "axis", Axis), .. Unless(1e-5f, "epsilon", Epsilon)];

    internal static LayerNormalization Read(AttributeReader a)
    {
        // The type in which statistics are computed; only float32 is.
        a.Expect("stash_type", 1);
        return new(a.Int("axis", -1), a.Float("epsilon", 1e-5f));
    }

    /// <inheritdoc/>
    public override EquatableArray<TensorType> Infer(NodeContext node)
    {
        if (node.Node.Outputs.Skip(1).Any(static o => o.Length > 0))
        {
            throw node.Fail("only the first output is supported");
        }

        _ = node.Input(1);
        if (node.Shape(0) is { } input)
        {
            Shape normalized = [.. input.Skip(node.Axis(Axis, input.Rank))];
            for (var i = 1; i < 3; i++)
            {
                if (node.Has(i) && node.Shape(i) is { } parameter)
                {
                    Broadcasting.Onto(node, normalized, parameter, i == 1 ? "scale" : "bias");
                }
            }
        }

        return [node.Input(0)];
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(NodeContext node, Shape output) => output.Elements() ?? 0;

    /// <inheritdoc/>
    public override TResult Accept<TContext, TResult>(IOperatorVisitor<TContext, TResult> visitor, TContext context) => visitor.LayerNormalization(this, context);
}

/// <summary>What normalisations with one scale and one shift per channel share.</summary>
internal static class ChannelParameters
{
    internal static EquatableArray<TensorType> Infer(NodeContext node)
    {
        var input = node.Input(0);
        if (input.Shape is { Rank: < 3 } flat)
        {
            throw node.Fail($"the input must be [N, C, spatial…], found {flat}");
        }

        for (var i = 1; i < 3; i++)
        {
            if (node.Shape(i) is { } parameter && input.Shape is { } shape && (parameter.Rank != 1 || !parameter[0].Admits(shape[1])))
            {
                throw node.Fail($"input {i} must have one value per channel, [{shape[1]}], found {parameter}");
            }
        }

        return [input];
    }
}
