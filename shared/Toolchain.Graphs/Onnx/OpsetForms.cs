namespace Toolchain.Graphs.Onnx;

/// <summary>Translates between a file's opset and the form of <see cref="Graph.DefaultOpset"/> that operator records have.</summary>
internal static class OpsetForms
{
    /// <summary>Split has the number of its outputs as an attribute, too (onnx/docs/Changelog.md).</summary>
    private const int NumOutputs = 18;

    /// <summary>AveragePool gained dilations and Cast saturation to 8-bit floats, an element type that is not supported.</summary>
    private const int NewDefaults = 19;

    /// <summary>GroupNormalization takes one scale and one bias per channel; before, it took them per group, a form that is not known.</summary>
    private const int PerChannel = 21;

    /// <summary>Reshape gained allowzero.</summary>
    private const int AllowZero = 14;

    /// <summary>The record of a node that a file holds, and the inputs that stay.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="node">The node.</param>
    /// <param name="opset">The file's opset.</param>
    /// <param name="constant">The value that a name always has, or null.</param>
    internal static Node Read(string name, FileNode node, int opset, Func<string, TensorData?> constant)
    {
        IReadOnlyList<Attribute> attributes = (node.Domain, node.Type) switch
        {
            ("", "AveragePool") when opset >= NewDefaults => Without(node, "dilations", static v => v is AttributeValue.Ints ints && ints.Value.All(static d => d == 1)),
            ("", "Cast") when opset >= NewDefaults => Without(node, "saturate", static v => v is AttributeValue.Int),
            ("", "ReduceSum") or ("", "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceL2") when opset >= 18 || node.Type == "ReduceSum" =>
                Without(node, "noop_with_empty_axes", static v => v is AttributeValue.Int { Value: 0 or 1 }),
            ("", "Split") when opset >= NumOutputs => Without(node, "num_outputs", v => v is AttributeValue.Int count && count.Value == node.Outputs.Count),
            _ => node.Attributes,
        };
        var op = node is { Domain: "", Type: "GroupNormalization" } && opset < PerChannel
            ? new Foreign(node.Type, node.Domain, attributes.ToEquatableArray())
            : OperatorTable.Read(name, node.Type, node.Domain, attributes);
        var result = new Node(name, op, node.Inputs.ToEquatableArray(), node.Outputs.ToEquatableArray());
        if (op is not Reduction reduction || opset < reduction.AxesAreInputSince)
        {
            return result;
        }

        var axes = Axes(result, constant);
        var nothing = axes.IsEmpty && node.Attributes.Exists(static a => a is { Name: "noop_with_empty_axes", Value: AttributeValue.Int { Value: 1 } });
        return result with { Op = nothing ? new Identity() : reduction with { Axes = axes }, Inputs = result.Inputs.Take(1).ToEquatableArray() };
    }

    /// <summary>The node as the opset writes it: after a <see cref="Constant"/> node for what has become an input, or as several nodes.</summary>
    internal static IEnumerable<Node> Write(Node node, NodeContext context, int opset, int? foreignOpset, Func<string, string> uniqueName)
    {
        switch (node.Op)
        {
            case { } newer when newer.Since > opset:
                return Decomposition.Of(node, context, uniqueName).SelectMany(part => Write(part, context, opset, foreignOpset, uniqueName));
            case Split { } split when node.Inputs.Count == 1 || node.Inputs[1].Length == 0:
                return WriteSplit(node, split, context, opset, uniqueName);
            case Reshape { AllowZero: true } when opset < AllowZero:
                throw new ToolchainException(ErrorKind.BadInput, $"{node} has allowzero, which opset {opset} lacks. Write opset {AllowZero} or later.");
            case Foreign { Space: "" } when foreignOpset != opset:
                throw new ToolchainException(ErrorKind.BadInput, $"{node} is an operator that the toolchain does not know, in the form of {(foreignOpset is null ? "an opset that was not stated" : $"opset {foreignOpset}")}; it cannot be written as opset {opset}. {(foreignOpset is null ? $"State {nameof(OnnxWriteOptions)}.{nameof(OnnxWriteOptions.ForeignOpset)}." : $"Write opset {foreignOpset}.")}");
            case Reduction { Axes.IsEmpty: false } reduction when opset >= reduction.AxesAreInputSince:
                return WithInput(node with { Op = reduction with { Axes = [] } }, uniqueName($"{node.Name}.axes"), reduction.Axes);
            default:
                return [node];
        }
    }

    private static Node[] WriteSplit(Node node, Split split, NodeContext context, int opset, Func<string, string> uniqueName)
    {
        if (opset >= NumOutputs)
        {
            return [node with { Op = new Foreign(split.Type, "", [.. split.Attributes, new("num_outputs", new AttributeValue.Int(node.Outputs.Count))]) }];
        }

        // Parts that are not equal must be listed there.
        var axis = context.Shape(0) is { } shape ? shape[context.Axis(split.Axis, shape.Rank)] : Dimension.Unknown;
        return axis.IsKnown && axis.Value % node.Outputs.Count != 0
            ? WithInput(node with { Inputs = [node.Inputs[0]] }, uniqueName($"{node.Name}.split"), Split.Sizes(context, axis.Value))
            : [node];
    }

    private static Node[] WithInput(Node node, string name, EquatableArray<long> values) =>
        [new(name, new Constant(TensorData.Of(values.AsSpan())), [], [name]), node with { Inputs = [.. node.Inputs, name] }];

    private static EquatableArray<long> Axes(Node node, Func<string, TensorData?> constant)
    {
        if (node.Inputs.Count < 2 || node.Inputs[1].Length == 0)
        {
            return [];
        }

        var axes = constant(node.Inputs[1]) ?? throw new ToolchainException(ErrorKind.BadInput, $"{node}: input 1 (axes) must be a constant, found the computed value '{node.Inputs[1]}'.");
        return axes.Type == ElementType.Int64
            ? EquatableArray.Create(axes.Values<long>())
            : throw new ToolchainException(ErrorKind.BadInput, $"{node}: input 1 (axes) must be int64, found {axes}.");
    }

    private static List<Attribute> Without(FileNode node, string name, Func<AttributeValue, bool> means) =>
        node.Attributes.FindAll(a => a.Name != name || !means(a.Value));
}
