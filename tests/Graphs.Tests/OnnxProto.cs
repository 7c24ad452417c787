using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Graphs.Tests;

/// <summary>Models as other programs write them, through the generated classes.</summary>
internal static class OnnxProto
{
    /// <summary>y = Relu(x · w) with w float32 [10, 10].</summary>
    internal static ModelProto Model() => new()
    {
        IrVersion = 8,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } },
        Graph = new()
        {
            Name = "g",
            Node =
            {
                new NodeProto { Name = "dot", OpType = "MatMul", Input = { "x", "w" }, Output = { "t" } },
                new NodeProto { Name = "act", OpType = "Relu", Input = { "t" }, Output = { "y" } },
            },
            Initializer = { new TensorProto { Name = "w", DataType = 1, Dims = { 10, 10 }, RawData = ByteString.CopyFrom(new byte[400]) } },
            Input = { Value("x", 5, 10) },
            Output = { Value("y", 5, 10) },
        },
    };

    internal static ValueInfoProto Value(string name, params long[] dimensions)
    {
        var value = new ValueInfoProto { Name = name, Type = new() { TensorType = new() { ElemType = 1, Shape = new() } } };
        value.Type.TensorType.Shape.Dim.AddRange(dimensions.Select(static d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        return value;
    }

    /// <summary>Adds an unused node of an operator that nobody knows, with the attribute.</summary>
    internal static void AddAttribute(this ModelProto model, AttributeProto attribute) =>
        model.Graph.Node.Add(new NodeProto { Name = "odd", OpType = "Odd", Output = { "odd" }, Attribute = { attribute } });

    /// <summary>The model's graph as one inside a node, which has names of its own for what its nodes make.</summary>
    internal static GraphProto Body(this ModelProto model)
    {
        var body = model.Graph.Clone();
        var made = body.Node.SelectMany(static n => n.Output).ToHashSet(StringComparer.Ordinal);
        foreach (var node in body.Node)
        {
            Rename(node.Input);
            Rename(node.Output);
        }

        foreach (var output in body.Output)
        {
            output.Name = Inside(output.Name);
        }

        return body;

        string Inside(string name) => made.Contains(name) ? $"inside.{name}" : name;

        void Rename(IList<string> names)
        {
            for (var i = 0; i < names.Count; i++)
            {
                names[i] = Inside(names[i]);
            }
        }
    }

    internal static AttributeProto Int(string name, long value) => new() { Name = name, I = value, Type = AttributeType.Int };

    internal static OnnxModel Read(this ModelProto model, OnnxReadLimits? limits = null) => OnnxFile.Read(model.ToByteArray(), "m.onnx", limits);

    internal static string Error(Action read)
    {
        var error = Assert.Throws<ToolchainException>(read);
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        return error.Message;
    }
}
