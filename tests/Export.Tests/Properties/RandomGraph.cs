using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Properties;

/// <summary>
/// A graph of known operators that a list of bytes describes: each three choose an operator, the value that it reads and a detail. A step that does not fit is left out,
/// so every list is a graph, and a shorter list or smaller numbers make a simpler one.
/// </summary>
internal sealed class RandomGraph
{
    private const int MaxElements = 1 << 14;
    private const string Nothing = "nothing";
    private static readonly Shape Image = ["N", 4, 6, 6];

    private readonly List<(string Name, TensorType Type)> _values = [("x", new(ElementType.Float32, Image))];
    private readonly Dictionary<string, TensorData> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorType> _between = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KnownIntegers> _integers = new(StringComparer.Ordinal);
    private readonly List<Node> _nodes = [];
    private readonly List<KeyValuePair<string, TensorData>> _weights = [];
    private int _count;

    private RandomGraph()
    {
    }

    /// <summary>The graph of a recipe; its outputs are the last value and one before.</summary>
    public static Graph Of(ReadOnlySpan<byte> recipe)
    {
        var graph = new RandomGraph();
        graph.Try(new Tanh(), "x");
        for (var i = 0; i + 2 < recipe.Length; i += 3)
        {
            graph.Step(recipe[i], recipe[i + 1], recipe[i + 2]);
        }

        return graph.Finish(recipe.Length > 0 ? recipe[^1] : 0);
    }

    /// <summary>An input for any of these graphs.</summary>
    public static TensorData Input(int batch) => RandomData.Floats([batch, .. Image.Skip(1).Select(static d => d.Value)]);

    private Graph Finish(int other)
    {
        var outputs = new[] { _values[^1], _values[1 + (other % (_values.Count - 1))] }.DistinctBy(static v => v.Name);
        return new()
        {
            Name = "random",
            Inputs = [new("x", new(ElementType.Float32, Image))],
            Outputs = outputs.Select(static v => new ValueInfo(v.Name, v.Type)).ToEquatableArray(),
            Nodes = _nodes.ToEquatableArray(),
            Initializers = new(_weights),
        };
    }

    private void Step(int op, int source, int detail)
    {
        // Late values are read more often than early ones, so that graphs grow long.
        var (name, type) = _values[^(1 + (source % Math.Min(4, _values.Count)))];
        var shape = type.Shape!;
        var channels = shape.Rank > 1 && shape[1].IsKnown ? shape[1].Value : 1;
        var last = shape[^1].IsKnown ? shape[^1].Value : 1;
        var odd = detail % 2 == 1;
        long pad = detail % 3;
        long[] perChannel = [channels, .. Enumerable.Repeat(1L, Math.Max(0, shape.Rank - 2))];
        switch (op % 64)
        {
            case 0: Try(new Relu(), name); break;
            case 1: Try(new Conv([3, 3], Pads: pad == 0 ? [] : [pad, pad, pad, 1], Strides: odd ? [2, 1] : []), name, Weight(4, channels, 3, 3)); break;
            case 2: Try(new Conv([1, 1], Group: odd ? 2 : 1), name, Weight(4, channels / (odd ? 2 : 1), 1, 1), Weight(4)); break;
            case 3: Try(new Conv([3, 3], Dilations: odd ? [2, 2] : [], AutoPad: odd ? AutoPad.Valid : AutoPad.SameUpper), name, Weight(channels, channels, 3, 3)); break;
            case 4: Try(new ConvTranspose([2, 2], Strides: [2, 2], Group: odd ? 2 : 1), name, Weight(channels, 2, 2, 2)); break;
            case 5: Try(new BatchNormalization(1e-3f), odd ? Made(new Conv([1, 1]), name, Weight(channels, channels, 1, 1)) : name, Weight(channels), Weight(channels), Weight(channels), Positive(channels)); break;
            case 6: Try(new Mul(), odd ? [name, Weight(perChannel)] : [Weight(1, channels, 1, 1), name]); break;
            case 7: Try(new Add(), odd ? [name, Weight(perChannel)] : [Scalar(0.25f), name]); break;
            case 8: Try(new Sub(), odd ? [name, Weight(last)] : [Weight(perChannel), name]); break;
            case 9: Try(new Div(), name, Positive(odd ? 1 : last)); break;
            case 10: Try(new Add(), name, Twin(type)); break;
            case 11: Try(new Concat(1), name, Twin(type)); break;
            case 12: Try(new MaxPool([2, 2], Strides: odd ? [2, 2] : [], CeilMode: detail % 5 == 4), name); break;
            case 13: Try(new AveragePool([3, 3], Pads: pad == 0 ? [] : [1, 1, 1, 1], CountIncludePad: odd), name); break;
            case 14: Try(new GlobalAveragePool(), name); break;
            case 15: Try(new Flatten(detail % 3 == 2 ? 2 : 1), name); break;
            case 16: Try(new Reshape(), name, Longs(odd ? [0, -1] : [0, 2, -1])); break;
            case 17: Try(new Transpose(Order(shape.Rank, detail)), name); break;
            case 18: Try(new Unsqueeze(), name, Longs(odd ? -1 : 1)); break;
            case 19: Try(new Squeeze(), name, Longs(odd ? -1 : 1)); break;

            // Two pixels of padding before a window of two are more than ONNX Runtime's own fusion of the two can load.
            case 20: Try(new Pad(odd ? PadMode.Edge : PadMode.Constant), name, Longs([0, 0, .. Enumerable.Repeat(Math.Min(pad, 1), Math.Max(0, shape.Rank - 2)), 0, 0, .. Enumerable.Repeat(1L, Math.Max(0, shape.Rank - 2))])); break;
            case 21: Try(new Gemm(odd ? 0.5f : 1, TransB: odd), name, odd ? Weight(5, last) : Weight(last, 5), Weight(5)); break;
            case 22: Try(new MatMul(), name, Weight(last, 5)); break;
            case 23: Try(odd ? new Softmax(1) : new LogSoftmax(-1), name); break;
            case 24: Try(new Dropout(), name); break;
            case 25: Try(new Identity(), name); break;
            case 26: Try(new Clip(), name, Scalar(odd ? 0 : -0.5f), Scalar(0.75f)); break;
            case 27: Try(odd ? new Sigmoid() : new LeakyRelu(0.1f), name); break;
            case 28: Try(new Resize(Coordinates: ResizeCoordinates.Asymmetric, Rounding: ResizeRounding.Floor), name, "", Floats([1, 1, .. Enumerable.Repeat(2f, Math.Max(0, shape.Rank - 2))])); break;
            case 29: Try(new ReduceMean(odd ? [-1] : [1], KeepDims: true), name); break;
            case 30: Again(detail); break;
            case 31: Try(new Mul(), name, Computed(perChannel)); break;
            case 32: Try(odd ? new HardSwish() : new HardSigmoid(), name); break;
            case 33: Try(new Gelu(Tanh: odd), name); break;
            case 34: Try(odd ? new Elu() : new Selu(), name); break;
            case 35: Try(odd ? new Mish() : new Softplus(), name); break;
            case 36: Try(new PRelu(), name, Weight(perChannel)); break;
            case 37: Try(odd ? new Abs() : new Neg(), name); break;
            case 38: Try(odd ? new Erf() : new Exp(), name); break;
            case 39: Try(odd ? new Max() : new Min(), name, Twin(type), Scalar(0.1f)); break;
            case 40: Try(odd ? new Sum() : new Mean(), name, Twin(type), name); break;
            case 41: Try(new LayerNormalization(), name, Weight(last), Weight(last)); break;
            case 42: Try(new InstanceNormalization(), name, Weight(channels), Weight(channels)); break;
            case 43: Try(new GroupNormalization(2), name, Weight(channels), Weight(channels)); break;
            case 44 when shape.Rank == 4: Try(new LRN(3), name); break;
            case 45: Try(new GlobalMaxPool(), name); break;
            case 46: Try(odd ? new DepthToSpace(2) : new SpaceToDepth(2), name); break;
            case 47: Try(new Slice(), name, Longs(odd ? -2 : 0), Longs(odd ? long.MaxValue : 1), Longs(-1)); break;
            case 48: Try(new Gather(1), name, Longs(odd ? [1, 0] : [0])); break;
            case 49: Try(new Split(1), name, Longs(channels - 1, 1)); break;
            case 50: Try(new Expand(), name, Longs(1, 1, 1, odd ? last : 1)); break;
            case 51: Try(new Tile(), name, Longs([1, .. Enumerable.Repeat(1L, Math.Max(0, shape.Rank - 2)), 2])); break;
            case 52: Try(odd ? new ReduceMax([-1]) : new ReduceSum([1], KeepDims: false), name); break;
            case 53: Try(odd ? new ReduceL2([-1]) : new ReduceMin([-1], KeepDims: false), name); break;
            case 54: Try(new Pow(), name, Scalar(2)); break;
            case 55: Try(new Sqrt(), Made(new Abs(), name)); break;
            case 56: Try(new Where(), Made(new Greater(), name, Scalar(0.2f)), name, Scalar(0)); break;
            case 57: Try(new Reshape(), name, Target(name, detail)); break;
            case 58: Try(new Mul(), name, Made(new Sigmoid(), name)); break;
            case 59: Try(new Log(), Made(new Exp(), name)); break;
            case 60: Try(new Cast(ElementType.Float32), Made(new Cast(ElementType.Float64), name)); break;
            case 61: Try(new Reciprocal(), Made(new Exp(), name)); break;
            case 62: Try(new Add(), Made(odd ? new Conv([1, 1]) : new Floor(), odd ? [name, Weight(4, channels, 1, 1)] : [name]), odd ? Weight(4, 1, 1) : name); break;
            case 63: Try(new Conv([1, 1]), Made(new Mul(), name, Weight(perChannel)), Weight(6, channels, 1, 1)); break;
            default: break;
        }
    }

    private void Try(Operator op, params string[] inputs)
    {
        if (inputs.Contains(Nothing))
        {
            return;
        }

        var name = $"v{_nodes.Count}";
        var node = new Node(name, op, EquatableArray.Create<string>(inputs), op is Split ? [name, $"{name}.rest"] : [name]);
        var types = inputs.Select(i => i.Length == 0 ? null : TypeOf(i)).ToArray();
        try
        {
            var made = op.Infer(new(node, types, _constants.GetValueOrDefault, _integers.GetValueOrDefault))[0];

            // The runtime refuses pooling that pads more than its window, and an empty or unknown size helps no test.
            var known = made.Shape!.Skip(1).All(static d => d is { IsKnown: true, Value: > 0 }) && made.Shape!.Rank > 0 && made.Shape![0] == "N";
            if (made.Element == ElementType.Float32 && known && made.Shape!.Skip(1).Aggregate(1L, static (product, d) => product * d.Value) <= MaxElements)
            {
                _nodes.Add(node);
                _values.Add((name, made));
            }
        }
        catch (ToolchainException)
        {
        }
    }

    // A value that only one node is to read, so that the two can be seen as one; it may be of any type.
    private string Made(Operator op, params string[] inputs)
    {
        var name = $"m{_nodes.Count}";
        var node = new Node(name, op, EquatableArray.Create<string>(inputs), [name]);
        try
        {
            _between.Add(name, op.Infer(new(node, [.. inputs.Select(TypeOf)], _constants.GetValueOrDefault, _integers.GetValueOrDefault))[0]);
            _nodes.Add(node);
            return name;
        }
        catch (ToolchainException)
        {
            return Nothing;
        }
    }

    // The target of a reshape as exporters write it: computed from the shape of a value.
    private string Target(string name, int detail)
    {
        var shape = Computed(new ShapeOf(), name);
        var batch = Computed(new Gather(), shape, Longs(0));
        return detail % 2 == 1 ? Computed(new Concat(0), batch, Longs(-1)) : Computed(new Concat(0), batch, Computed(new Slice(), shape, Longs(2), Longs(9)), Longs(-1));
    }

    private string Computed(Operator op, params string[] inputs)
    {
        var name = Made(op, inputs);
        if (name != Nothing && op.Known(new(_nodes[^1], [.. inputs.Select(TypeOf)], _constants.GetValueOrDefault, _integers.GetValueOrDefault), _between[name]) is { } known)
        {
            _integers.Add(name, known);
        }

        return name;
    }

    // The same node once more, as exporters write it for code that computes something twice.
    private void Again(int detail)
    {
        var node = _nodes[^(1 + (detail % Math.Min(6, _nodes.Count)))];
        if (node.Op is not Graphs.Constant && node.Inputs.Any(i => _values.Any(v => v.Name == i)))
        {
            Try(node.Op, [.. node.Inputs]);
        }
    }

    private string Twin(TensorType type) => _values.First(v => v.Type == type).Name;

    private TensorType TypeOf(string name) => _constants.TryGetValue(name, out var constant) ? constant.TensorType : _between.TryGetValue(name, out var type) ? type : _values.First(v => v.Name == name).Type;

    private string Weight(params long[] dimensions) => Initializer(RandomData.Floats(EquatableArray.Create<long>(dimensions), ++_count, -0.5, 0.5));

    private string Positive(params long[] dimensions) => Initializer(RandomData.Floats(EquatableArray.Create<long>(dimensions), ++_count, 0.5, 1.5));

    private string Initializer(TensorData data)
    {
        var name = $"w{_weights.Count}";
        _weights.Add(new(name, data));
        _constants.Add(name, data);
        return name;
    }

    private string Scalar(float value) => Constant(TensorData.Scalar(value));

    private string Longs(params long[] values) => Constant(TensorData.Of<long>(values));

    private string Floats(params float[] values) => Constant(TensorData.Of<float>(values));

    private string Constant(TensorData data)
    {
        var name = $"c{_nodes.Count}";
        _nodes.Add(new(name, new Graphs.Constant(data), [], [name]));
        _constants.Add(name, data);
        return name;
    }

    // A constant that the graph computes: the tanh of a weight.
    private string Computed(params long[] dimensions)
    {
        var weight = Weight(dimensions);
        var name = $"t{_nodes.Count}";
        _nodes.Add(new(name, new Tanh(), [weight], [name]));
        _constants.Add(name, _constants[weight]);
        return name;
    }

    private static EquatableArray<long> Order(int rank, int detail)
    {
        var axes = Enumerable.Range(1, Math.Max(0, rank - 1)).Select(static a => (long)a).ToList();
        return [0, .. axes.Skip(detail % Math.Max(1, axes.Count)), .. axes.Take(detail % Math.Max(1, axes.Count))];
    }
}
