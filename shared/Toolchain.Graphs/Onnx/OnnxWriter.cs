using Google.Protobuf;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Makes a <c>ModelProto</c> of a graph. The message only wraps the weights' memory; it is copied for the first time into the stream.</summary>
internal sealed class OnnxWriter
{
    // Offsets at page boundaries let readers map single tensors (onnx/docs/ExternalData.md).
    private const int Page = 4096;

    // As onnx.save has it: small tensors stay inside the model.
    private const long StandardThreshold = 1024;

    private readonly Graph _graph;
    private readonly long _threshold;
    private readonly ModelProto _model;

    internal OnnxWriter(Graph graph, OnnxWriteOptions options)
    {
        var types = GraphTypes.Infer(graph, options.KnownTypes);
        var nodes = new NodeWriter(graph, types, options).Write();
        _graph = graph;
        _model = new()
        {
            IrVersion = Opsets.IrVersion(options.Opset),
            ProducerName = options.ProducerName,
            ProducerVersion = options.ProducerVersion,
            Graph = new() { Name = graph.Name.Length > 0 ? graph.Name : throw new ToolchainException(ErrorKind.BadInput, "The graph has no name; ONNX asks for one.") },
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = options.Opset } },
        };
        _model.OpsetImport.AddRange(options.Domains.OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => new OperatorSetIdProto { Domain = d.Key, Version = d.Value }));
        _model.MetadataProps.AddRange(graph.Metadata.OrderBy(static m => m.Key, StringComparer.Ordinal).Select(static m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        _model.Graph.Node.AddRange(nodes);
        _model.Graph.Input.AddRange(graph.Inputs.Select(static i => Value(i.Name, i.Type)));
        _model.Graph.Output.AddRange(graph.Outputs.Select(static o => Value(o.Name, o.Type)));
        _model.Graph.ValueInfo.AddRange(Inside(graph, options.WriteValueInfo).Where(name => types[name] is not null).Select(name => Value(name, types[name]!)));
        _threshold = Math.Max(1, options.ExternalDataThreshold ?? (Size(static _ => true) <= int.MaxValue ? long.MaxValue : StandardThreshold));
        ExternalBytes = graph.Initializers.Values.Where(IsExternal).Sum(static w => w.ByteCount);
        if (Size(w => !IsExternal(w)) is var size and > int.MaxValue)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' has {size} bytes besides external weights, and an ONNX file may have {int.MaxValue}. Make large constants initializers, or lower {nameof(OnnxWriteOptions.ExternalDataThreshold)}.");
        }

        if (ExternalBytes == 0)
        {
            _model.Graph.Initializer.AddRange(graph.Initializers.Select(static w => Tensors.Write(w.Key, w.Value)));
        }
    }

    /// <summary>The size of the weights that go to an external file; 0 when there is none.</summary>
    internal long ExternalBytes { get; }

    /// <summary>Writes the model; weights that are external must have been written before.</summary>
    internal void Write(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        _model.WriteTo(output);
    }

    /// <summary>Writes the external weights to a file of their own, once, and notes in the model where they are.</summary>
    internal void WriteExternal(Stream stream, string location)
    {
        var position = 0L;
        foreach (var (name, data) in _graph.Initializers)
        {
            if (!IsExternal(data))
            {
                _model.Graph.Initializer.Add(Tensors.Write(name, data));
                continue;
            }

            var gap = (Page - (position % Page)) % Page;
            stream.Write(new byte[gap]);
            position += gap;
            stream.Write(data.Bytes.Span);
            _model.Graph.Initializer.Add(Tensors.WriteExternal(name, data, location, position));
            position += data.ByteCount;
        }
    }

    private bool IsExternal(TensorData weight) => weight.ByteCount >= _threshold;

    /// <summary>The file's size, slightly overestimated, with those weights in it.</summary>
    private long Size(Func<TensorData, bool> inside)
    {
        // protobuf counts in 32 bits, so large data is counted apart. A tensor's name, dimensions and lengths come on top of its data.
        var constants = _graph.Nodes.SelectMany(static n => n.Op.Attributes).Select(static a => a.Value).OfType<AttributeValue.Tensor>().Sum(static t => t.Value.ByteCount);
        var weights = _graph.Initializers.Sum(w => 64L + (4 * w.Key.Length) + (10 * w.Value.Dimensions.Count) + (inside(w.Value) ? w.Value.ByteCount : 0));
        return weights + (constants > int.MaxValue / 2 ? constants : _model.CalculateSize());
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
