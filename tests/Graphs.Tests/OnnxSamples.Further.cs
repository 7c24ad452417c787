namespace Toolchain.Graphs.Tests;

/// <content>Activations, comparisons, normalisations, selection and shape arithmetic.</content>
internal static partial class OnnxSamples
{
    private static Dictionary<string, Action<OnnxSketch>> Further => new(StringComparer.Ordinal)
    {
        ["Abs"] = static s => s.Node(new Abs(), s.Input(N, 4)),
        ["And"] = static s => s.Node(new And(), s.Input(ElementType.Bool, [N, 4]), s.Input(ElementType.Bool, [4])),
        ["ArgMax"] = static s =>
        {
            s.Node(new ArgMax(), s.Input(N, 4));
            s.Node(new ArgMax(-1, false, true), s.Input(N, 4));
        },
        ["Ceil"] = static s => s.Node(new Ceil(), s.Input(N, 4)),
        ["ConstantOfShape"] = static s =>
        {
            s.Node(new ConstantOfShape(), s.Longs(2, 3));
            s.Node(new ConstantOfShape(TensorData.Of<long>([7])), s.Longs(2, 3));
        },
        ["DepthToSpace"] = static s =>
        {
            s.Node(new DepthToSpace(2), s.Input(N, 8, 3, 3));
            s.Node(new DepthToSpace(2, true), s.Input(N, 8, 3, 3));
        },
        ["DequantizeLinear"] = static s =>
        {
            s.Node(new DequantizeLinear(), s.Input(ElementType.UInt8, [N, 4]), s.Constant(TensorData.Scalar(0.5f)));
            s.Node(new DequantizeLinear(-1), s.Input(ElementType.Int8, [N, 3, 4]), s.Weight(4), s.Constant(TensorData.Of<sbyte>([1, 2, 3, 4])));
        },
        ["Einsum"] = static s => s.Node(new Einsum("bij, bjk -> bik"), s.Input(N, 3, 4), s.Input(N, 4, 5)),
        ["Elu"] = static s =>
        {
            s.Node(new Elu(), s.Input(N, 4));
            s.Node(new Elu(0.5f), s.Input(N, 4));
        },
        ["Equal"] = static s => s.Node(new Equal(), s.Input(N, 4), s.Input(4)),
        ["Erf"] = static s => s.Node(new Erf(), s.Input(N, 4)),
        ["Exp"] = static s => s.Node(new Exp(), s.Input(N, 4)),
        ["Expand"] = static s => s.Node(new Expand(), s.Input(N, 1, 4), s.Longs(1, 3, 1)),
        ["Floor"] = static s => s.Node(new Floor(), s.Input(N, 4)),
        ["Gather"] = static s =>
        {
            s.Node(new Gather(), s.Input(5, 4), s.Longs(0, -1));
            s.Node(new Gather(-1), s.Input(N, 4), s.Longs(0, -1));
        },
        ["Gelu"] = static s =>
        {
            s.Node(new Gelu(), s.Input(N, 4));
            s.Node(new Gelu(true), s.Input(N, 4));
        },
        ["GlobalMaxPool"] = static s =>
        {
            s.Node(new GlobalMaxPool(), Image(s));
        },
        ["Greater"] = static s => s.Node(new Greater(), s.Input(N, 4), s.Input(4)),
        ["GroupNormalization"] = static s =>
        {
            s.Node(new GroupNormalization(3), Image(s), s.Weight(3), s.Weight(3));
            s.Node(new GroupNormalization(1, 0.1f), Image(s), s.Weight(3), s.Weight(3));
        },
        ["HardSigmoid"] = static s =>
        {
            s.Node(new HardSigmoid(), s.Input(N, 4));
            s.Node(new HardSigmoid(0.5f, 0.25f), s.Input(N, 4));
        },
        ["HardSwish"] = static s => s.Node(new HardSwish(), s.Input(N, 4)),
        ["InstanceNormalization"] = static s =>
        {
            s.Node(new InstanceNormalization(), Image(s), s.Weight(3), s.Weight(3));
            s.Node(new InstanceNormalization(0.1f), Image(s), s.Weight(3), s.Weight(3));
        },
        ["LRN"] = static s =>
        {
            s.Node(new LRN(5), Image(s));
            s.Node(new LRN(3, 0.5f, 0.25f, 2), Image(s));
        },
        ["LayerNormalization"] = static s =>
        {
            s.Node(new LayerNormalization(), Image(s), s.Weight(8));
            s.Node(new LayerNormalization(1, 0.1f), Image(s), s.Weight(3, 8, 8), s.Weight(8));
        },
        ["Less"] = static s => s.Node(new Less(), s.Input(N, 4), s.Input(4)),
        ["Log"] = static s => s.Node(new Log(), s.Input(N, 4)),
        ["Max"] = static s => s.Node(new Max(), s.Input(N, 4), s.Input(4), s.Input(1)),
        ["Mean"] = static s => s.Node(new Mean(), s.Input(N, 4), s.Input(4), s.Input(1)),
        ["Min"] = static s => s.Node(new Min(), s.Input(N, 4), s.Input(4), s.Input(1)),
        ["Mish"] = static s => s.Node(new Mish(), s.Input(N, 4)),
        ["Neg"] = static s => s.Node(new Neg(), s.Input(N, 4)),
        ["Not"] = static s => s.Node(new Not(), s.Input(ElementType.Bool, [N, 4])),
        ["Or"] = static s => s.Node(new Or(), s.Input(ElementType.Bool, [N, 4]), s.Input(ElementType.Bool, [4])),
        ["PRelu"] = static s => s.Node(new PRelu(), Image(s), s.Weight(3, 1, 1)),
        ["Pow"] = static s => s.Node(new Pow(), s.Input(N, 4), s.Input(4)),
        ["QuantizeLinear"] = static s =>
        {
            s.Node(new QuantizeLinear(), s.Input(N, 4), s.Constant(TensorData.Scalar(0.5f)));
            s.Node(new QuantizeLinear(-1), s.Input(N, 3, 4), s.Weight(4), s.Constant(TensorData.Of<sbyte>([1, 2, 3, 4])));
        },
        ["Range"] = static s => s.Node(new RangeOf(), s.Constant(TensorData.Scalar(1L)), s.Constant(TensorData.Scalar(9L)), s.Constant(TensorData.Scalar(2L))),
        ["Reciprocal"] = static s => s.Node(new Reciprocal(), s.Input(N, 4)),
        ["ReduceL2"] = static s =>
        {
            s.Node(new ReduceL2(), s.Input(N, 3, 4));
            s.Node(new ReduceL2([2, -2], false), s.Input(N, 3, 4));
        },
        ["ReduceMax"] = static s =>
        {
            s.Node(new ReduceMax(), s.Input(N, 3, 4));
            s.Node(new ReduceMax([2, -2], false), s.Input(N, 3, 4));
        },
        ["ReduceMin"] = static s =>
        {
            s.Node(new ReduceMin(), s.Input(N, 3, 4));
            s.Node(new ReduceMin([2, -2], false), s.Input(N, 3, 4));
        },
        ["ReduceSum"] = static s =>
        {
            s.Node(new ReduceSum(), s.Input(N, 3, 4));
            s.Node(new ReduceSum([2, -2], false), s.Input(N, 3, 4));
        },
        ["Selu"] = static s =>
        {
            s.Node(new Selu(), s.Input(N, 4));
            s.Node(new Selu(1.5f, 0.5f), s.Input(N, 4));
        },
        ["Shape"] = static s =>
        {
            s.Node(new ShapeOf(), Image(s));
        },
        ["Slice"] = static s =>
        {
            s.Node(new Slice(), s.Input(N, 4), s.Longs(0, 1), s.Longs(long.MaxValue, 3));
            s.Node(new Slice(), s.Input(N, 4), s.Longs(-1), s.Longs(-9), s.Longs(1), s.Longs(-2));
        },
        ["Softplus"] = static s => s.Node(new Softplus(), s.Input(N, 4)),
        ["SpaceToDepth"] = static s => s.Node(new SpaceToDepth(2), s.Input(N, 3, 6, 8)),
        ["Split"] = static s =>
        {
            s.Nodes(new Split(), 2, s.Input(6, 4));
            s.Nodes(new Split(-1), 3, s.Input(N, 4), s.Longs(1, 1, 2));
        },
        ["Sqrt"] = static s => s.Node(new Sqrt(), s.Input(N, 4)),
        ["Sum"] = static s => s.Node(new Sum(), s.Input(N, 4), s.Input(4), s.Input(1)),
        ["Tile"] = static s => s.Node(new Tile(), s.Input(N, 4), s.Longs(1, 3)),
        ["Where"] = static s => s.Node(new Where(), s.Input(ElementType.Bool, [N, 4]), s.Input(4), s.Input(1)),
    };
}
