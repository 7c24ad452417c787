using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>A <c>NodeProto</c> as the file has it; the name may be empty.</summary>
internal sealed record FileNode(string Name, string Type, string Domain, List<string> Inputs, List<string> Outputs, List<Attribute> Attributes)
{
    /// <summary>Which of several functions of one name is called; empty but for calls.</summary>
    internal string Overload { get; init; } = "";

    /// <summary>Attributes of a function's node whose values are attributes of the call.</summary>
    internal IReadOnlyList<AttributeReference> References { get; init; } = [];

    /// <summary>The graphs inside the node.</summary>
    internal IReadOnlyList<FileBody> Bodies { get; init; } = [];

    /// <summary>The opset of the default domain whose form the node has; null for the model's.</summary>
    internal int? Opset { get; init; }

    /// <summary>The call that the node stands for a part of; null for the nodes of the file's graph.</summary>
    internal FileNode? Call { get; init; }

    /// <summary>The integer of an attribute, or null.</summary>
    internal long? Int(string attribute) => (Value(attribute) as AttributeValue.Int)?.Value;

    /// <summary>The text of an attribute, or null.</summary>
    internal string? Text(string attribute) => (Value(attribute) as AttributeValue.Text)?.Value;

    /// <summary>The integers of an attribute, or null.</summary>
    internal EquatableArray<long>? Ints(string attribute) => (Value(attribute) as AttributeValue.Ints)?.Value;

    /// <summary>The number of an attribute, or null.</summary>
    internal float? Float(string attribute) => (Value(attribute) as AttributeValue.Float)?.Value;

    /// <summary>The value of an attribute, or null.</summary>
    internal AttributeValue? Value(string attribute) => Attributes.Find(a => a.Name == attribute)?.Value;

    /// <summary>Whether an input is given.</summary>
    internal bool Has(int input) => input < Inputs.Count && Inputs[input].Length > 0;

    /// <summary>The node without some attributes.</summary>
    internal FileNode Without(params string[] attributes) =>
        Attributes.Exists(a => attributes.Contains(a.Name)) ? this with { Attributes = Attributes.FindAll(a => !attributes.Contains(a.Name)) } : this;

    /// <summary>The node with an attribute added or replaced.</summary>
    internal FileNode With(string attribute, AttributeValue value) => this with { Attributes = [.. Without(attribute).Attributes, new(attribute, value)] };
}

/// <summary>An attribute of a function's node that takes its value from an attribute of the call.</summary>
internal sealed record AttributeReference(string Name, string Of);

/// <summary>Reads a <c>NodeProto</c>.</summary>
internal sealed class NodeReader(AttributeDecoder attributes, OnnxReadLimits limits)
{
    /// <summary>Reads a node.</summary>
    /// <param name="reader">Its message.</param>
    /// <param name="inFunction">Whether it belongs to a function, where attributes may refer to those of the call.</param>
    internal FileNode Read(WireReader reader, bool inFunction = false)
    {
        var (name, type, domain, overload) = ("", "", "", "");
        var (inputs, outputs, values) = (new List<string>(), new List<string>(), new List<Attribute>());
        List<AttributeReference>? references = null;
        List<FileBody>? bodies = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case NodeProto.InputFieldNumber:
                    inputs.AddLimited(reader, reader.Text(), limits.MaxNodeValues, "inputs");
                    break;
                case NodeProto.OutputFieldNumber:
                    outputs.AddLimited(reader, reader.Text(), limits.MaxNodeValues, "outputs");
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
                case NodeProto.OverloadFieldNumber:
                    overload = reader.Text();
                    break;
                case NodeProto.AttributeFieldNumber:
                    var (attribute, reference, graphs) = attributes.Read(reader.Message());
                    if (reference is null)
                    {
                        values.AddLimited(reader, attribute!, limits.MaxAttributes, "attributes");
                        bodies = graphs.Count == 0 ? bodies : [.. bodies ?? [], .. graphs.Select(g => new FileBody(attribute!.Name, g))];
                        break;
                    }

                    _ = inFunction ? reference : throw reader.Fail($"the attribute refers to '{reference.Of}' of a function, and the node is in none");
                    (references ??= []).AddLimited(reader, reference, limits.MaxAttributes, "attributes");
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

        var names = values.Count + (references?.Count ?? 0) < 2 ? [] : values.Select(static a => a.Name).Concat(references?.Select(static r => r.Name) ?? []);
        if (names.GroupBy(static n => n, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } twice)
        {
            throw reader.FailWhole($"attribute '{twice.Key}' stands twice");
        }

        return outputs.Exists(static o => o.Length > 0)
            ? new(name, type, domain == "ai.onnx" ? "" : domain, inputs, outputs, values)
            {
                Overload = overload,
                References = references ?? (IReadOnlyList<AttributeReference>)[],
                Bodies = bodies ?? (IReadOnlyList<FileBody>)[],
            }
            : throw reader.FailWhole($"the {type} node has no output");
    }
}
