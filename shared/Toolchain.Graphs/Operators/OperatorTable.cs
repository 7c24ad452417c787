using System.Collections.Frozen;

namespace Toolchain.Graphs;

/// <summary>The operators that the toolchain knows, by ONNX's <c>op_type</c> in the default domain.</summary>
public static class OperatorTable
{
    private static readonly FrozenDictionary<string, Func<AttributeReader, Operator?>> Readers = new Dictionary<string, Func<AttributeReader, Operator?>>(StringComparer.Ordinal)
    {
        ["Add"] = static _ => new Add(),
        ["AveragePool"] = AveragePool.Read,
        ["BatchNormalization"] = BatchNormalization.Read,
        ["Cast"] = Cast.Read,
        ["Clip"] = static _ => new Clip(),
        ["Concat"] = Concat.Read,
        ["Constant"] = Constant.Read,
        ["Conv"] = Conv.Read,
        ["ConvTranspose"] = ConvTranspose.Read,
        ["Div"] = static _ => new Div(),
        ["Dropout"] = Dropout.Read,
        ["Flatten"] = Flatten.Read,
        ["Gemm"] = Gemm.Read,
        ["GlobalAveragePool"] = static _ => new GlobalAveragePool(),
        ["Identity"] = static _ => new Identity(),
        ["LeakyRelu"] = LeakyRelu.Read,
        ["LogSoftmax"] = LogSoftmax.Read,
        ["MatMul"] = static _ => new MatMul(),
        ["MaxPool"] = MaxPool.Read,
        ["Mul"] = static _ => new Mul(),
        ["Pad"] = Pad.Read,
        ["ReduceMean"] = ReduceMean.Read,
        ["Relu"] = static _ => new Relu(),
        ["Reshape"] = Reshape.Read,
        ["Resize"] = Resize.Read,
        ["Sigmoid"] = static _ => new Sigmoid(),
        ["Softmax"] = Softmax.Read,
        ["Squeeze"] = static _ => new Squeeze(),
        ["Sub"] = static _ => new Sub(),
        ["Tanh"] = static _ => new Tanh(),
        ["Transpose"] = Transpose.Read,
        ["Unsqueeze"] = static _ => new Unsqueeze(),
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
