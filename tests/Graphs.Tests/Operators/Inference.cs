namespace Toolchain.Graphs.Tests.Operators;

/// <summary>Asks one operator for the type of its output.</summary>
internal static class Inference
{
    /// <summary>A float32 input of a shape.</summary>
    public static TensorType Of(params ReadOnlySpan<Dimension> shape) => new(ElementType.Float32, Shape.Create(shape));

    /// <summary>The output's type for inputs that are types (computed values), tensors (constants) or null (left out); the node is named <c>layer</c>.</summary>
    public static TensorType Output(Operator op, params object?[] inputs) => Assert.Single(Outputs(op, 1, inputs));

    /// <summary>The types of several outputs.</summary>
    public static EquatableArray<TensorType> Outputs(Operator op, int count, params object?[] inputs)
    {
        var constants = new Dictionary<string, TensorData>();
        var (names, types) = (new string[inputs.Length], new TensorType?[inputs.Length]);
        for (var i = 0; i < inputs.Length; i++)
        {
            names[i] = inputs[i] is null ? "" : $"in{i}";
            types[i] = inputs[i] is TensorData data ? data.TensorType : (TensorType?)inputs[i];
            if (inputs[i] is TensorData value)
            {
                constants[names[i]] = value;
            }
        }

        var node = new Node("layer", op, EquatableArray.Create<string>(names), Enumerable.Range(0, count).Select(static i => $"out{i}").ToEquatableArray());
        return op.Infer(new(node, types, constants.GetValueOrDefault));
    }

    /// <summary>The output's shape as people write it.</summary>
    public static string ShapeOf(Operator op, params object?[] inputs) => Output(op, inputs).Shape?.ToString() ?? "unknown";

    /// <summary>What is wrong with the inputs, without the node's name, which every message begins with.</summary>
    public static string Fault(Operator op, params object?[] inputs)
    {
        var refusal = Assert.Throws<ToolchainException>(() => Output(op, inputs));
        Assert.Equal(ErrorKind.BadInput, refusal.Kind);
        var prefix = $"{op.Type} node 'layer': ";
        Assert.StartsWith(prefix, refusal.Message, StringComparison.Ordinal);
        return refusal.Message[prefix.Length..];
    }

    public static TensorData Longs(params long[] values) => TensorData.Of<long>(values);
}
