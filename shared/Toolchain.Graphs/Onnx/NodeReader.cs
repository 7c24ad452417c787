using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>A <c>NodeProto</c> as the file has it; the name may be empty.</summary>
internal sealed record FileNode(string Name, string Type, string Domain, List<string> Inputs, List<string> Outputs, List<Attribute> Attributes);

/// <summary>Reads a <c>NodeProto</c>.</summary>
internal sealed class NodeReader(AttributeDecoder attributes, OnnxReadLimits limits)
{
    internal FileNode Read(WireReader reader)
    {
        var (name, type, domain) = ("", "", "");
        var node = new FileNode(name, type, domain, [], [], []);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case NodeProto.InputFieldNumber:
                    node.Inputs.AddLimited(reader, reader.Text(), limits.MaxNodeValues, "inputs");
                    break;
                case NodeProto.OutputFieldNumber:
                    node.Outputs.AddLimited(reader, reader.Text(), limits.MaxNodeValues, "outputs");
                    break;
                case NodeProto.NameFieldNumber:
                    reader.Label = name = reader.Text();
                    break;
                case NodeProto.OpTypeFieldNumber:
                    type = reader.Text();
                    break;
                case NodeProto.DomainFieldNumber:
                    domain = reader.Text();
                    break;
                case NodeProto.AttributeFieldNumber:
                    node.Attributes.AddLimited(reader, attributes.Read(reader.Message()), limits.MaxAttributes, "attributes");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type.Length == 0)
        {
            throw reader.FailWhole("op_type is missing");
        }

        if (node.Attributes.GroupBy(static a => a.Name, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } twice)
        {
            throw reader.FailWhole($"attribute '{twice.Key}' stands twice");
        }

        return node.Outputs.Exists(static o => o.Length > 0)
            ? node with { Name = name, Type = type, Domain = domain == "ai.onnx" ? "" : domain }
            : throw reader.FailWhole($"the {type} node has no output");
    }
}
