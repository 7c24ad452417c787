using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>A <c>FunctionProto</c> as the file has it: an operator of the model's own, made of others (onnx/docs/IR.md, «Functions»).</summary>
internal sealed class FileFunction
{
    internal string Name { get; set; } = "";

    internal string Domain { get; set; } = "";

    internal string Overload { get; set; } = "";

    internal List<string> Inputs { get; } = [];

    internal List<string> Outputs { get; } = [];

    internal List<FileNode> Nodes { get; } = [];

    /// <summary>The names of attributes that a call may give.</summary>
    internal List<string> Attributes { get; } = [];

    /// <summary>Attributes that a call may leave out, with their values then.</summary>
    internal List<Attribute> Defaults { get; } = [];

    internal Dictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);

    /// <summary>The function as messages name it: <c>function 'Swish' of domain 'own'</c>.</summary>
    public override string ToString() => $"function '{Name}'{(Domain.Length > 0 ? $" of domain '{Domain}'" : "")}";
}

/// <summary>Reads a <c>FunctionProto</c>.</summary>
internal sealed class FunctionReader(TensorReader tensors, OnnxReadLimits limits)
{
    internal FileFunction Read(WireReader reader)
    {
        var function = new FileFunction();
        var hasDomain = false;
        var attributes = new AttributeDecoder(tensors, limits);
        var nodes = new NodeReader(attributes, limits);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case FunctionProto.NameFieldNumber:
                    reader.Label = function.Name = reader.Text();
                    break;
                case FunctionProto.DomainFieldNumber:
                    var domain = reader.Text();
                    (function.Domain, hasDomain) = (domain == "ai.onnx" ? "" : domain, true);
                    break;
                case FunctionProto.OverloadFieldNumber:
                    function.Overload = reader.Text();
                    break;
                case FunctionProto.InputFieldNumber:
                    function.Inputs.AddLimited(reader, reader.Text(), limits.MaxNodeValues, "inputs");
                    break;
                case FunctionProto.OutputFieldNumber:
                    function.Outputs.AddLimited(reader, reader.Text(), limits.MaxNodeValues, "outputs");
                    break;
                case FunctionProto.NodeFieldNumber:
                    function.Nodes.AddLimited(reader, nodes.Read(reader.Message(), inFunction: true), limits.MaxNodes, "nodes");
                    break;
                case FunctionProto.AttributeFieldNumber:
                    function.Attributes.AddLimited(reader, reader.Text(), limits.MaxAttributes, "attributes");
                    break;
                case FunctionProto.AttributeProtoFieldNumber:
                    function.Defaults.AddLimited(
                        reader, attributes.Read(reader.Message()).Value ?? throw reader.Fail("the attribute has no value, and a default must have one"), limits.MaxAttributes, "attributes");
                    break;
                case FunctionProto.OpsetImportFieldNumber:
                    var import = OpsetImport.Read(reader.Message());
                    _ = function.Opsets.TryAdd(import.Key, import.Value) ? import : throw reader.Fail($"the domain '{import.Key}' stands twice");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return function.Name.Length > 0 && hasDomain ? function : throw reader.FailWhole($"the function has no {(hasDomain ? "name" : "domain")}");
    }
}
