using System.Collections.Frozen;

namespace Toolchain.Graphs;

/// <summary>The operators that the toolchain knows, by ONNX's <c>op_type</c> in the default domain.</summary>
public static class OperatorTable
{
    private static readonly FrozenDictionary<string, Func<AttributeReader, Operator?>> Readers = new Dictionary<string, Func<AttributeReader, Operator?>>(StringComparer.Ordinal)
    {
        ["Abs"] = static _ => new Abs(),
        ["Add"] = static _ => new Add(),
        ["And"] = static _ => new And(),
        ["ArgMax"] = ArgMax.Read,
        ["AveragePool"] = AveragePool.Read,
        ["BatchNormalization"] = BatchNormalization.Read,
        ["Cast"] = Cast.Read,
        ["Ceil"] = static _ => new Ceil(),
        ["Clip"] = static _ => new Clip(),
        ["Concat"] = Concat.Read,
        ["Constant"] = Constant.Read,
        ["ConstantOfShape"] = ConstantOfShape.Read,
        ["Conv"] = Conv.Read,
        ["ConvTranspose"] = ConvTranspose.Read,
        ["DepthToSpace"] = DepthToSpace.Read,
        ["DequantizeLinear"] = DequantizeLinear.Read,
        ["Div"] = static _ => new Div(),
        ["Dropout"] = Dropout.Read,
        ["Einsum"] = Einsum.Read,
        ["Elu"] = Elu.Read,
        ["Equal"] = static _ => new Equal(),
        ["Erf"] = static _ => new Erf(),
        ["Exp"] = static _ => new Exp(),
        ["Expand"] = static _ => new Expand(),
        ["Flatten"] = Flatten.Read,
        ["Floor"] = static _ => new Floor(),
        ["Gather"] = Gather.Read,
        ["Gelu"] = Gelu.Read,
        ["Gemm"] = Gemm.Read,
        ["GlobalAveragePool"] = static _ => new GlobalAveragePool(),
        ["GlobalMaxPool"] = static _ => new GlobalMaxPool(),
        ["Greater"] = static _ => new Greater(),
        ["GroupNormalization"] = GroupNormalization.Read,
        ["HardSigmoid"] = HardSigmoid.Read,
        ["HardSwish"] = static _ => new HardSwish(),
        ["Identity"] = static _ => new Identity(),
        ["InstanceNormalization"] = InstanceNormalization.Read,
        ["LRN"] = LRN.Read,
        ["LayerNormalization"] = LayerNormalization.Read,
        ["LeakyRelu"] = LeakyRelu.Read,
        ["Less"] = static _ => new Less(),
        ["Log"] = static _ => new Log(),
        ["LogSoftmax"] = LogSoftmax.Read,
        ["MatMul"] = static _ => new MatMul(),
        ["Max"] = static _ => new Max(),
        ["MaxPool"] = MaxPool.Read,
        ["Mean"] = static _ => new Mean(),
        ["Min"] = static _ => new Min(),
        ["Mish"] = static _ => new Mish(),
        ["Mul"] = static _ => new Mul(),
        ["Neg"] = static _ => new Neg(),
        ["Not"] = static _ => new Not(),
        ["Or"] = static _ => new Or(),
        ["PRelu"] = static _ => new PRelu(),
        ["Pad"] = Pad.Read,
        ["Pow"] = static _ => new Pow(),
        ["QuantizeLinear"] = QuantizeLinear.Read,
        ["Range"] = static _ => new RangeOf(),
        ["Reciprocal"] = static _ => new Reciprocal(),
        ["ReduceL2"] = ReduceL2.Read,
        ["ReduceMax"] = ReduceMax.Read,
        ["ReduceMean"] = ReduceMean.Read,
        ["ReduceMin"] = ReduceMin.Read,
        ["ReduceSum"] = ReduceSum.Read,
        ["Relu"] = static _ => new Relu(),
        ["Reshape"] = Reshape.Read,
        ["Resize"] = Resize.Read,
        ["Selu"] = Selu.Read,
        ["Shape"] = ShapeOf.Read,
        ["Sigmoid"] = static _ => new Sigmoid(),
        ["Slice"] = static _ => new Slice(),
        ["Softmax"] = Softmax.Read,
        ["Softplus"] = static _ => new Softplus(),
        ["SpaceToDepth"] = SpaceToDepth.Read,
        ["Split"] = Split.Read,
        ["Sqrt"] = static _ => new Sqrt(),
        ["Squeeze"] = static _ => new Squeeze(),
        ["Sub"] = static _ => new Sub(),
        ["Sum"] = static _ => new Sum(),
        ["Tanh"] = static _ => new Tanh(),
        ["Tile"] = static _ => new Tile(),
        ["Transpose"] = Transpose.Read,
        ["Unsqueeze"] = static _ => new Unsqueeze(),
        ["Where"] = static _ => new Where(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names of the known operators, sorted.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Readers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The operator that a file describes; one that is not known, or has a form that is not, becomes a <see cref="Foreign"/>.</summary>
    /// <param name="node">The node's name, for errors.</param>
    /// <param name="type">ONNX's <c>op_type</c>.</param>
    /// <param name="domain">ONNX's domain; <c>ai.onnx</c> is the default one too.</param>
    /// <param name="attributes">What the file says.</param>
    /// <exception cref="ToolchainException">An attribute is unknown, of the wrong type, or asks for something that is not implemented.</exception>
    public static Operator Read(string node, string type, string domain, IReadOnlyList<Attribute> attributes)
    {
        if (domain is not ("" or "ai.onnx") || !Readers.TryGetValue(type, out var read))
        {
            return Foreign();
        }

        var reader = new AttributeReader(node, type, attributes);
        if (read(reader) is not { } op)
        {
            return Foreign();
        }

        reader.Finish();
        return op;

        Foreign Foreign() => new(type, domain == "ai.onnx" ? "" : domain, attributes.ToEquatableArray());
    }
}
