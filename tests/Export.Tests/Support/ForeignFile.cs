using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Export.Tests.Support;

/// <summary>A model as other programs write it, at any opset, field by field.</summary>
internal sealed class ForeignFile
{
    private int _weights;

    public ForeignFile(int opset) => Model = new()
    {
        IrVersion = opset < 13 ? 4 : Math.Min(8, Opsets.IrVersion(opset)),
        ProducerName = "elsewhere",
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        Graph = new() { Name = "foreign" },
    };

    public ModelProto Model { get; }

    /// <summary>Writes attributes as ONNX has them: an integer, float, text, integers or floats.</summary>
    public static AttributeProto Attribute(string name, object value) => value switch
    {
        int i => new() { Name = name, I = i, Type = AttributeType.Int },
        float f => new() { Name = name, F = f, Type = AttributeType.Float },
        string s => new() { Name = name, S = ByteString.CopyFromUtf8(s), Type = AttributeType.String },
        int[] ints => new() { Name = name, Ints = { ints.Select(static i => (long)i) }, Type = AttributeType.Ints },
        long[] longs => new() { Name = name, Ints = { longs }, Type = AttributeType.Ints },
        float[] floats => new() { Name = name, Floats = { floats }, Type = AttributeType.Floats },
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "No attribute has this type."),
    };

    public static NodeProto NodeOf(string type, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = outputs.Split(' ')[0] + "/" + type };
        node.Input.AddRange(inputs.Split(' ').Select(static i => i == "-" ? "" : i));
        node.Output.AddRange(outputs.Split(' '));
        node.Attribute.AddRange(attributes.Select(static a => Attribute(a.Name, a.Value)));
        return node;
    }

    public static ValueInfoProto Value(string name, ElementType type, params object[] dimensions)
    {
        var value = new ValueInfoProto { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = new() } } };
        value.Type.TensorType.Shape.Dim.AddRange(dimensions.Select(static d => d is string symbol ? new TensorShapeProto.Types.Dimension { DimParam = symbol } : new() { DimValue = (int)d }));
        return value;
    }

    public ForeignFile Input(string name, params object[] dimensions) => Input(name, ElementType.Float32, dimensions);

    public ForeignFile Input(string name, ElementType type, params object[] dimensions)
    {
        Model.Graph.Input.Add(Value(name, type, dimensions));
        return this;
    }

    public ForeignFile Output(string name, params object[] dimensions)
    {
        Model.Graph.Output.Add(Value(name, ElementType.Float32, dimensions));
        return this;
    }

    /// <summary>Nodes with inputs and outputs separated by blanks; a dash is an input left out.</summary>
    public ForeignFile Node(string type, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        Model.Graph.Node.Add(NodeOf(type, inputs, outputs, attributes));
        return this;
    }

    public ForeignFile Weight(string name, params int[] dimensions) => Weight(name, RandomData.Floats([.. dimensions.Select(static d => (long)d)], ++_weights, 0.2, 1));

    public ForeignFile Floats(string name, params float[] values) => Weight(name, TensorData.Of<float>(values));

    public ForeignFile Ints(string name, params int[] values) => Weight(name, TensorData.Of<long>([.. values.Select(static v => (long)v)]));

    public ForeignFile Weight(string name, TensorData data)
    {
        Model.Graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)data.Type, Dims = { data.Dimensions }, RawData = ByteString.CopyFrom(data.Bytes.Span) });
        return this;
    }

    public ForeignFile Metadata(string key, string value)
    {
        Model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return this;
    }

    public string Write(string path)
    {
        File.WriteAllBytes(path, Model.ToByteArray());
        return path;
    }

    /// <summary>Random values for every input, symbols bound to a number.</summary>
    public IReadOnlyDictionary<string, TensorData> Samples(long symbol = 2) => Model.Graph.Input
        .Where(i => !Model.Graph.Initializer.Any(w => w.Name == i.Name))
        .ToDictionary(static i => i.Name, i => RandomData.Floats([.. i.Type.TensorType.Shape.Dim.Select(d => d.HasDimValue ? d.DimValue : symbol)], 3), StringComparer.Ordinal);
}
