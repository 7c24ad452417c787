namespace Toolchain.Graphs.Tests;

/// <summary>Every operator with its defaults, and where it has attributes also with other values.</summary>
internal static partial class OnnxSamples
{
    private static readonly Dimension N = "N";

    private static readonly Dictionary<string, Action<OnnxSketch>> First = new(StringComparer.Ordinal)
    {
        ["Add"] = static s => s.Node(new Add(), s.Input(N, 4), s.Input(4)),
        ["AveragePool"] = static s =>
        {
            s.Node(new AveragePool([2, 2]), Image(s));
            s.Node(new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], CeilMode: true, CountIncludePad: true), Image(s));
            s.Node(new AveragePool([3, 3], AutoPad: AutoPad.SameLower), Image(s));
        },
        ["BatchNormalization"] = static s =>
        {
            s.Node(new BatchNormalization(), Image(s), s.Weight(3), s.Weight(3), s.Weight(3), s.Weight(3));
            s.Node(new BatchNormalization(1e-3f, 0.99f), Image(s), s.Weight(3), s.Weight(3), s.Weight(3), s.Weight(3));
        },
        ["Cast"] = static s =>
        {
            s.Node(new Cast(ElementType.Float16), s.Input(N, 4));
            s.Node(new Cast(ElementType.Float32), s.Input(ElementType.UInt8, [N, 4]));
        },
        ["Clip"] = static s =>
        {
            s.Node(new Clip(), s.Input(N, 4));
            s.Node(new Clip(), s.Input(N, 4), "", s.Constant(TensorData.Scalar(6f)));
        },
        ["Concat"] = static s => s.Node(new Concat(1), s.Input(N, 4), s.Input(N, 3)),
        ["Constant"] = static s => s.Node(new Constant(TensorData.Of([1f, float.NaN, 3f, -0f], 2, 2))),
        ["Conv"] = static s =>
        {
            s.Node(new Conv(), Image(s), s.Weight(4, 3, 3, 3));
            s.Node(new Conv([3, 3], [2, 2], [1, 0, 1, 2], [1, 2], 3), Image(s), s.Weight(6, 1, 3, 3), s.Weight(6));
            s.Node(new Conv(AutoPad: AutoPad.SameUpper), Image(s), s.Weight(2, 3, 3, 3));
            s.Node(new Conv(AutoPad: AutoPad.Valid), Image(s), s.Weight(2, 3, 3, 3));
        },
        ["ConvTranspose"] = static s =>
        {
            s.Node(new ConvTranspose(), Image(s), s.Weight(3, 4, 3, 3));
            s.Node(new ConvTranspose([3, 3], [2, 2], [1, 0, 1, 2], [1, 2], 3, [1, 0]), Image(s), s.Weight(3, 2, 3, 3), s.Weight(6));
        },
        ["Div"] = static s => s.Node(new Div(), s.Input(N, 4), s.Input(N, 4)),
        ["Dropout"] = static s =>
        {
            s.Node(new Dropout(), s.Input(N, 4));
            s.Node(new Dropout(), s.Input(N, 4), s.Constant(TensorData.Scalar(0.2f)));
        },
        ["Flatten"] = static s =>
        {
            s.Node(new Flatten(), s.Input(N, 3, 8, 8));
            s.Node(new Flatten(-2), s.Input(2, 3, 8, 8));
        },
        ["Gemm"] = static s =>
        {
            s.Node(new Gemm(), s.Input(N, 4), s.Weight(4, 5));
            s.Node(new Gemm(0.5f, 2, true, true), s.Input(4, N), s.Weight(5, 4), s.Weight(5));
        },
        ["GlobalAveragePool"] = static s => s.Node(new GlobalAveragePool(), Image(s)),
        ["Identity"] = static s => s.Node(new Identity(), s.Input(ElementType.Int64, [N])),
        ["LeakyRelu"] = static s =>
        {
            s.Node(new LeakyRelu(), s.Input(N, 4));
            s.Node(new LeakyRelu(0.2f), s.Input(N, 4));
        },
        ["LogSoftmax"] = static s =>
        {
            s.Node(new LogSoftmax(), s.Input(N, 4));
            s.Node(new LogSoftmax(0), s.Input(N, 4));
        },
        ["MatMul"] = static s => s.Node(new MatMul(), s.Input(N, 2, 4), s.Weight(4, 5)),
        ["MaxPool"] = static s =>
        {
            s.Node(new MaxPool([2, 2], [2, 2]), Image(s));
            s.Node(new MaxPool([3, 3], [2, 2], [1, 1, 1, 1], [2, 2], true), Image(s));
        },
        ["Mul"] = static s => s.Node(new Mul(), s.Input(N, 4), s.Weight(1)),
        ["Pad"] = static s =>
        {
            s.Node(new Pad(), s.Input(N, 4), s.Longs(0, 1, 0, 2));
            s.Node(new Pad(), s.Input(N, 4), s.Longs(0, 1, 0, 2), s.Constant(TensorData.Scalar(1.5f)));
            s.Node(new Pad(PadMode.Reflect), s.Input(N, 4), s.Longs(0, 1, 0, 2));
            s.Node(new Pad(PadMode.Edge), s.Input(N, 4), s.Longs(0, 1, 0, -2));
        },
        ["ReduceMean"] = static s =>
        {
            s.Node(new ReduceMean(), s.Input(N, 3, 4));
            s.Node(new ReduceMean([2, -2], false), s.Input(N, 3, 4));
        },
        ["Relu"] = static s => s.Node(new Relu(), s.Input(N, 4)),
        ["Reshape"] = static s => s.Node(new Reshape(), s.Input(N, 3, 8), s.Longs(0, -1)),
        ["Resize"] = static s =>
        {
            s.Node(new Resize(), Image(s), "", s.Constant(TensorData.Of<float>([1, 1, 2, 2])));
            s.Node(new Resize(ResizeMode.Linear, ResizeCoordinates.AlignCorners), Image(s), "", s.Constant(TensorData.Of<float>([1, 1, 1.5f, 2])));
            s.Node(new Resize(ResizeMode.Nearest, ResizeCoordinates.Asymmetric, ResizeRounding.Floor), s.Input(2, 3, 8, 8), "", "", s.Longs(2, 3, 16, 11));
            s.Node(new Resize(ResizeMode.Cubic, CubicCoefficient: -0.5f, ExcludeOutside: true), Image(s), "", s.Constant(TensorData.Of<float>([1, 1, 1.5f, 2])));
        },
        ["Sigmoid"] = static s => s.Node(new Sigmoid(), s.Input(N, 4)),
        ["Softmax"] = static s =>
        {
            s.Node(new Softmax(), s.Input(N, 4));
            s.Node(new Softmax(1), s.Input(N, 4, 2));
        },
        ["Squeeze"] = static s =>
        {
            s.Node(new Squeeze(), s.Input(4, 1, 1));
            s.Node(new Squeeze(), s.Input(N, 4, 1), s.Longs(-1));
        },
        ["Sub"] = static s => s.Node(new Sub(), s.Input(N, 4), s.Input(N, 1)),
        ["Tanh"] = static s => s.Node(new Tanh(), s.Input(N, 4)),
        ["Transpose"] = static s =>
        {
            s.Node(new Transpose(), s.Input(N, 4));
            s.Node(new Transpose([0, 3, 1, 2]), s.Input(N, 8, 8, 3));
        },
        ["Unsqueeze"] = static s => s.Node(new Unsqueeze(), s.Input(N, 4), s.Longs(0, -1)),
    };

    internal static IReadOnlyDictionary<string, Action<OnnxSketch>> Operators { get; } = First.Concat(Further).ToDictionary(StringComparer.Ordinal);

    /// <summary>One graph with all of them that an opset has.</summary>
    internal static Graph EveryOperator(int opset = Graph.DefaultOpset)
    {
        var sketch = new OnnxSketch();
        foreach (var (type, add) in Operators.OrderBy(static o => o.Key, StringComparer.Ordinal))
        {
            if (Since(type) <= opset)
            {
                add(sketch);
            }
        }

        return sketch.Build(new Dictionary<string, string> { ["labels"] = "cat\ndog", ["größe"] = "klein" });
    }

    /// <summary>The first opset that has every node of an operator's sample.</summary>
    internal static int Since(string type)
    {
        var sketch = new OnnxSketch();
        Operators[type](sketch);
        return sketch.Build().Nodes.Max(static n => n.Op.Since);
    }

    /// <summary>A small convolutional network with weights.</summary>
    internal static Graph Network()
    {
        var sketch = new OnnxSketch();
        var convolved = sketch.Node(new Conv(Pads: [1, 1, 1, 1]), [Image(sketch), sketch.Weight(4, 3, 3, 3), sketch.Weight(4)], isOutput: false);
        var active = sketch.Node(new Relu(), [convolved], isOutput: false);
        var flat = sketch.Node(new Reshape(), [active, sketch.Longs(0, -1)], isOutput: false);
        sketch.Node(new Gemm(TransB: true), flat, sketch.Weight(10, 256), sketch.Weight(10));
        return sketch.Build(new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" });
    }

    private static string Image(OnnxSketch sketch) => sketch.Input(N, 3, 8, 8);
}
