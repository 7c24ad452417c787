using Google.Protobuf;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Graphs.Onnx;

/// <summary>Makes <c>NodeProto</c> messages.</summary>
internal sealed class NodeWriter(Graph graph, GraphTypes types, OnnxWriteOptions options)
{
    internal IEnumerable<NodeProto> Write()
    {
        var taken = graph.Nodes.SelectMany(static n => n.Outputs.Append(n.Name))
            .Concat(graph.Inputs.Select(static i => i.Name))
            .Concat(graph.Initializers.Keys)
            .ToHashSet(StringComparer.Ordinal);
        return graph.Nodes
            .SelectMany(node => OpsetForms.Write(node, types.Of(node), options.Opset, name => UniqueName.Of(name, taken)))
            .Select(Write);
    }

    private NodeProto Write(Node node)
    {
        var proto = new NodeProto { Name = node.Name, OpType = node.Op.Type };
        if (node.Op.Domain.Length > 0)
        {
            proto.Domain = options.Domains.ContainsKey(node.Op.Domain)
                ? node.Op.Domain
                : throw new ToolchainException(ErrorKind.BadInput, $"{node}: the version of its domain '{node.Op.Domain}' is not stated. Give it in {nameof(OnnxWriteOptions)}.{nameof(OnnxWriteOptions.Domains)}.");
        }

        proto.Input.AddRange(node.Inputs);
        proto.Output.AddRange(node.Outputs);
        proto.Attribute.AddRange(node.Op.Attributes.Select(Write));
        return proto;
    }

    private static AttributeProto Write(Attribute attribute)
    {
        var proto = new AttributeProto { Name = attribute.Name };
        switch (attribute.Value)
        {
            case AttributeValue.Int { Value: var value }:
                (proto.I, proto.Type) = (value, AttributeType.Int);
                break;
            case AttributeValue.Float { Value: var value }:
                (proto.F, proto.Type) = (value, AttributeType.Float);
                break;
            case AttributeValue.Text { Value: var value }:
                (proto.S, proto.Type) = (ByteString.CopyFromUtf8(value), AttributeType.String);
                break;
            case AttributeValue.Ints { Value: var values }:
                proto.Ints.AddRange(values);
                proto.Type = AttributeType.Ints;
                break;
            case AttributeValue.Floats { Value: var values }:
                proto.Floats.AddRange(values);
                proto.Type = AttributeType.Floats;
                break;
            case AttributeValue.Texts { Value: var values }:
                proto.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
                proto.Type = AttributeType.Strings;
                break;
            case AttributeValue.Tensor { Value: var data }:
                (proto.T, proto.Type) = (Tensors.Write("", data), AttributeType.Tensor);
                break;
            case AttributeValue.Opaque { Encoded: var bytes }:
                return AttributeProto.Parser.ParseFrom(bytes.AsSpan());
            case var other:
                throw new NotSupportedException($"Attribute values of type {other.GetType()} cannot be written.");
        }

        return proto;
    }
}
