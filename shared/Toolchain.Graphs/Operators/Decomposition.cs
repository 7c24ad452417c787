using Toolchain.Graphs.Weights;

namespace Toolchain.Graphs;

/// <summary>Operators as the older ones that compute the same, for files of an opset that lacks them.</summary>
internal static class Decomposition
{
    // Longer axes than any image has; a file may claim any number.
    private const long MostPlaces = 1 << 16;

    /// <summary>Nodes of operators that every opset has, the last of which makes the node's output.</summary>
    /// <param name="node">A node of an operator that some opset lacks.</param>
    /// <param name="context">What is known of its inputs.</param>
    /// <param name="uniqueName">Makes names that the graph does not have.</param>
    /// <exception cref="ToolchainException">The input's rank would have to be known.</exception>
    public static IReadOnlyList<Node> Of(Node node, NodeContext context, Func<string, string> uniqueName)
    {
        var parts = new Parts(node, context, uniqueName);
        var (x, last) = (node.Inputs[0], "");
        switch (node.Op)
        {
            case HardSwish:
                last = parts.Add("mul", new Mul(), x, parts.Add("gate", new HardSigmoid(1f / 6), x));
                break;
            case Mish:
                last = parts.Add("mul", new Mul(), x, parts.Add("tanh", new Tanh(), parts.Add("softplus", new Softplus(), x)));
                break;
            case Gelu { Tanh: false }:
                var erf = parts.Add("erf", new Erf(), parts.Add("scaled", new Div(), x, parts.Number("root2", Math.Sqrt(2))));
                last = Gated(parts, x, erf);
                break;
            case Gelu:
                var cube = parts.Add("cubed", new Mul(), parts.Add("cube", new Pow(), x, parts.Number("three", 3)), parts.Number("factor", 0.044715));
                var inner = parts.Add("scaled", new Mul(), parts.Add("sum", new Add(), x, cube), parts.Number("root", Math.Sqrt(2 / Math.PI)));
                last = Gated(parts, x, parts.Add("tanh", new Tanh(), inner));
                break;
            case LayerNormalization layer:
                last = Layer(parts, layer, node, context);
                break;
            case GroupNormalization group:
                last = Group(parts, group, node, context);
                break;
            case Pad pad:
                last = Wrapped(parts, pad, node, context);
                break;
            case ShapeOf shape:
                var all = parts.Add("all", new ShapeOf(), x);
                last = parts.Add("slice", new Slice(), all, parts.Longs("start", shape.Start), parts.Longs("end", shape.End ?? long.MaxValue), parts.Longs("axis", 0));
                break;
            default:
                throw new NotSupportedException($"{node} cannot be written as older operators.");
        }

        return parts.Finish(last);
    }

    /// <summary>½ · x · (1 + gate).</summary>
    private static string Gated(Parts parts, string x, string gate) =>
        parts.Add("half", new Mul(), parts.Add("gated", new Mul(), x, parts.Add("gate", new Add(), gate, parts.Number("one", 1))), parts.Number("factor2", 0.5));

    private static string Layer(Parts parts, LayerNormalization op, Node node, NodeContext context)
    {
        var rank = context.Shape(0)?.Rank;
        var first = op.Axis < 0 ? op.Axis : op.Axis - (rank ?? throw context.Fail("the rank of its input is not known, so that it can only be written at opset 17 or later"));
        var axes = Enumerable.Range((int)first, (int)-first).Select(static a => (long)a).ToEquatableArray();
        var centred = parts.Add("centred", new Sub(), node.Inputs[0], parts.Add("mean", new ReduceMean(axes), node.Inputs[0]));
        var variance = parts.Add("variance", new ReduceMean(axes), parts.Add("squared", new Mul(), centred, centred));
        var deviation = parts.Add("deviation", new Sqrt(), parts.Add("shifted", new Add(), variance, parts.Number("epsilon", op.Epsilon)));
        var scaled = parts.Add("scaled", new Mul(), parts.Add("normalised", new Div(), centred, deviation), node.Inputs[1]);
        return context.Has(2) ? parts.Add("biased", new Add(), scaled, node.Inputs[2]) : scaled;
    }

    private static string Group(Parts parts, GroupNormalization op, Node node, NodeContext context)
    {
        var rank = context.Shape(0)?.Rank ?? throw context.Fail("the rank of its input is not known, so that it can only be written at opset 21 or later");
        if (op.Groups > MostPlaces)
        {
            throw context.Fail($"{op.Groups} groups can only be written at opset {op.Since} or later");
        }

        var shape = parts.Add("shape", new ShapeOf(), node.Inputs[0]);
        var groups = parts.Add("groups", new Reshape(), node.Inputs[0], parts.Longs("target", 0, op.Groups, -1));
        var normalised = parts.Add("normalised", new InstanceNormalization(op.Epsilon), groups, parts.Numbers("ones", op.Groups, 1), parts.Numbers("zeros", op.Groups, 0));
        var channels = parts.Add("channels", new Reshape(), normalised, shape);
        var axes = parts.Longs("axes", [.. Enumerable.Range(1, rank - 2).Select(static a => (long)a)]);
        var scaled = parts.Add("scaled", new Mul(), channels, parts.Add("scale", new Unsqueeze(), node.Inputs[1], axes));
        return parts.Add("biased", new Add(), scaled, parts.Add("bias", new Unsqueeze(), node.Inputs[2], axes));
    }

    /// <summary>Along every padded axis, the places of the image that the output shows.</summary>
    private static string Wrapped(Parts parts, Pad op, Node node, NodeContext context)
    {
        if (op.Mode != PadMode.Wrap || context.Longs(1, "pads") is not { } pads || context.Shape(0) is not { } shape)
        {
            throw context.Fail($"mode {op.Mode} of an input whose rank is not known can only be written at opset {op.Since} or later");
        }

        var value = node.Inputs[0];
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            var (before, behind) = (pads[axis], pads[axis + shape.Rank]);
            if ((before, behind) == (0, 0))
            {
                continue;
            }

            if (!shape[axis].IsKnown || shape[axis].Value == 0 || Math.Max(shape[axis].Value, Math.Max(before, behind)) > MostPlaces)
            {
                throw context.Fail($"axis {axis} of {shape} wraps around by {before} and {behind}, and unless its size is known, and all are at most {MostPlaces}, that can only be written at opset {op.Since} or later");
            }

            var size = shape[axis].Value;
            long[] places = [.. Enumerable.Range(0, (int)(before + size + behind)).Select(i => (((i - before) % size) + size) % size)];
            value = parts.Add($"wrapped{axis}", new Gather(axis), value, parts.Longs($"places{axis}", places));
        }

        return value == node.Inputs[0] ? parts.Add("same", new Identity(), value) : value;
    }

    /// <summary>Collects the nodes that one node becomes.</summary>
    private sealed class Parts(Node whole, NodeContext context, Func<string, string> uniqueName)
    {
        private readonly List<Node> _nodes = [];

        public string Add(string label, Operator op, params string[] inputs)
        {
            var name = uniqueName($"{whole.Name}.{label}");
            _nodes.Add(new(name, op, EquatableArray.Create<string>(inputs), [name]));
            return name;
        }

        /// <summary>A constant of the first input's type.</summary>
        public string Number(string label, double value) => Add(label, new Constant(TensorData.Scalar(value).To(context.Input(0).Element)));

        public string Numbers(string label, long count, double value) =>
            Add(label, new Constant(TensorData.Of<double>(Enumerable.Repeat(value, (int)count).ToArray()).To(context.Input(0).Element)));

        public string Longs(string label, params long[] values) => Add(label, new Constant(TensorData.Of<long>(values)));

        public IReadOnlyList<Node> Finish(string last) =>
            [.. _nodes.Select(n => n.Outputs[0] == last ? n with { Name = whole.Name, Outputs = [whole.Outputs[0]] } : n)];
    }
}
