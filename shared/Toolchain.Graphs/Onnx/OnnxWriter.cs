using Google.Protobuf;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Writes a graph as a <c>ModelProto</c>. The generated classes write everything but the initializers, which are written field by field between them: no message holds
/// the weights, and none of them is in memory that was not there before.
/// </summary>
internal sealed class OnnxWriter
{
    // Offsets at page boundaries let readers map single tensors (onnx/docs/ExternalData.md).
    private const int Page = 4096;

    // As onnx.save has it: small tensors stay inside the model.
    private const long StandardThreshold = 1024;

    // The order in the file is that of the field numbers, as one message would have it.
    private readonly ModelProto _beforeGraph;
    private readonly GraphProto _beforeWeights;
    private readonly InitializerWriter[] _weights;
    private readonly GraphProto _afterWeights;
    private readonly ModelProto _afterGraph;

    /// <summary>Prepares a model; nothing is written, and no weight is read.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="options">How to write.</param>
    /// <param name="location">The external file's name beside the model.</param>
    internal OnnxWriter(Graph graph, OnnxWriteOptions options, string location)
    {
        var types = GraphTypes.Infer(graph, options.KnownTypes);
        _beforeGraph = new() { IrVersion = Opsets.IrVersion(options.Opset), ProducerName = options.ProducerName, ProducerVersion = options.ProducerVersion };
        _beforeWeights = new() { Name = graph.Name.Length > 0 ? graph.Name : throw new ToolchainException(ErrorKind.BadInput, "The graph has no name; ONNX asks for one.") };
        _beforeWeights.Node.AddRange(new NodeWriter(graph, types, options).Write());
        _afterWeights = new();
        _afterWeights.Input.AddRange(graph.Inputs.Select(static i => Value(i.Name, i.Type)));
        _afterWeights.Output.AddRange(graph.Outputs.Select(static o => Value(o.Name, o.Type)));
        _afterWeights.ValueInfo.AddRange(Inside(graph, options.WriteValueInfo).Where(name => types[name] is not null).Select(name => Value(name, types[name]!)));
        _afterGraph = new() { OpsetImport = { new OperatorSetIdProto { Domain = "", Version = options.Opset } } };
        _afterGraph.OpsetImport.AddRange(options.Domains.OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => new OperatorSetIdProto { Domain = d.Key, Version = d.Value }));
        _afterGraph.MetadataProps.AddRange(graph.Metadata.OrderBy(static m => m.Key, StringComparer.Ordinal).Select(static m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));

        // protobuf counts in 32 bits, so large constants are counted apart.
        var constants = graph.Nodes.SelectMany(static n => n.Op.Attributes).Select(static a => a.Value).OfType<AttributeValue.Tensor>().Sum(static t => t.Value.ByteCount);
        _weights = Weights(graph, options.ExternalDataThreshold ?? long.MaxValue, location);
        if (options.ExternalDataThreshold is null && Size(constants) > int.MaxValue)
        {
            _weights = Weights(graph, StandardThreshold, location);
        }

        if (Size(constants) is var size and > int.MaxValue)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' has {size} bytes besides external weights, and an ONNX file may have {int.MaxValue}. Make large constants initializers, or lower {nameof(OnnxWriteOptions.ExternalDataThreshold)}.");
        }
    }

    /// <summary>The size of the weights' external file; 0 when there is none.</summary>
    internal long ExternalBytes => _weights.LastOrDefault(static w => w.Offset is not null)?.End ?? 0;

    /// <summary>Writes the model.</summary>
    internal void Write(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        _beforeGraph.WriteTo(output);
        output.WriteTag(ModelProto.GraphFieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteUInt64((ulong)(_beforeWeights.CalculateSize() + _weights.Sum(static w => w.FieldSize) + _afterWeights.CalculateSize()));
        _beforeWeights.WriteTo(output);
        foreach (var weight in _weights)
        {
            weight.Write(output, stream);
        }

        _afterWeights.WriteTo(output);
        _afterGraph.WriteTo(output);
    }

    /// <summary>Writes the external file.</summary>
    internal void WriteExternal(Stream stream)
    {
        var position = 0L;
        foreach (var weight in _weights.Where(static w => w.Offset is not null))
        {
            stream.Write(new byte[weight.Offset!.Value - position]);
            weight.WriteData(stream);
            position = weight.End;
        }
    }

    private static InitializerWriter[] Weights(Graph graph, long threshold, string location)
    {
        var position = 0L;
        return [.. graph.Initializers.Select(weight =>
        {
            var (name, data) = weight;
            if (data.ByteCount < Math.Max(1, threshold))
            {
                return InitializerWriter.Inside(name, data);
            }

            var placed = InitializerWriter.Outside(name, data, location, position);
            position = (placed.End + Page - 1) / Page * Page;
            return placed;
        })];
    }

    /// <summary>The model file's size, slightly overestimated.</summary>
    private long Size(long constants)
    {
        const int graphHeader = 16;
        var nodes = constants > int.MaxValue / 2 ? constants : _beforeWeights.CalculateSize();
        return _beforeGraph.CalculateSize() + graphHeader + nodes + _weights.Sum(static w => w.FieldSize) + _afterWeights.CalculateSize() + _afterGraph.CalculateSize();
    }

    private static IEnumerable<string> Inside(Graph graph, bool ofKnownOperators)
    {
        var outputs = graph.Outputs.Select(static o => o.Name).ToHashSet(StringComparer.Ordinal);
        return graph.Nodes
            .Where(n => ofKnownOperators || n.Op is Foreign)
            .SelectMany(static n => n.Outputs)
            .Where(o => o.Length > 0 && !outputs.Contains(o));
    }

    private static ValueInfoProto Value(string name, TensorType type)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type.Element };
        if (type.Shape is not null)
        {
            tensor.Shape = new();
            tensor.Shape.Dim.AddRange(type.Shape.Select(static d => d switch
            {
                { IsKnown: true } => new TensorShapeProto.Types.Dimension { DimValue = d.Value },
                { Symbol: { } symbol } => new TensorShapeProto.Types.Dimension { DimParam = symbol },
                _ => new TensorShapeProto.Types.Dimension(),
            }));
        }

        return new() { Name = name, Type = new() { TensorType = tensor } };
    }
}
