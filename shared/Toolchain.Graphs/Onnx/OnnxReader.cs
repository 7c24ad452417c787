using Toolchain.Graphs.Files;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Reads a <c>ModelProto</c>.</summary>
internal sealed class OnnxReader(ExternalData external, OnnxReadLimits limits)
{
    private readonly Dictionary<string, long> _opsets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private long _irVersion;
    private string _producerName = "";
    private string _producerVersion = "";
    private FileGraph? _graph;

    internal OnnxModel Read(ByteSource source)
    {
        if (source.Length > limits.MaxFileBytes)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"the file has {source.Length} bytes; the limit is {limits.MaxFileBytes}.");
        }

        var reader = new WireReader(source, ModelProto.Descriptor, limits);
        while (reader.Next())
        {
            ReadField(reader);
        }

        var opset = CheckVersions(reader);
        var graph = _graph ?? throw reader.FailWhole("the graph is missing");
        var domains = _opsets.Where(static o => o.Key.Length > 0).ToDictionary(StringComparer.Ordinal);
        return new()
        {
            Graph = new GraphAssembly(graph, opset, domains).Build(_metadata),
            IrVersion = _irVersion,
            Opset = opset,
            Domains = domains,
            ProducerName = _producerName,
            ProducerVersion = _producerVersion,
            ValueInfo = graph.ValueInfo,
        };
    }

    private void ReadField(WireReader reader)
    {
        switch (reader.Field)
        {
            case ModelProto.IrVersionFieldNumber:
                _irVersion = reader.Varint();
                break;
            case ModelProto.ProducerNameFieldNumber:
                _producerName = reader.Text();
                break;
            case ModelProto.ProducerVersionFieldNumber:
                _producerVersion = reader.Text();
                break;
            case ModelProto.GraphFieldNumber:
                _graph = _graph is null ? new GraphReader(external, limits).Read(reader.Message()) : throw reader.Fail("the graph stands twice");
                break;
            case ModelProto.OpsetImportFieldNumber:
                AddOpset(reader);
                break;
            case ModelProto.MetadataPropsFieldNumber:
                _metadata.AddEntry(reader, limits.MaxEntries);
                break;
            case ModelProto.FunctionsFieldNumber:
                throw reader.Fail($"the model has a function of its own{FunctionName(reader.Message())}, which is not supported. Inline it first, for example with onnx.inliner");
            default:
                reader.Skip();
                break;
        }
    }

    private void AddOpset(WireReader parent)
    {
        var reader = parent.Message();
        var (domain, version) = ("", 0L);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OperatorSetIdProto.DomainFieldNumber:
                    domain = reader.Text();
                    break;
                case OperatorSetIdProto.VersionFieldNumber:
                    version = reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (_opsets.Count >= limits.MaxEntries)
        {
            throw parent.Fail($"there are more than {limits.MaxEntries} domains");
        }

        if (!_opsets.TryAdd(domain == "ai.onnx" ? "" : domain, version))
        {
            throw parent.Fail($"the domain '{domain}' stands twice");
        }
    }

    private int CheckVersions(WireReader reader)
    {
        if (_irVersion is < Opsets.FirstIrVersion or > Opsets.LastIrVersion)
        {
            throw reader.FailWhole(_irVersion == 0
                ? "ir_version is missing; this is not an ONNX model"
                : $"ir_version is {_irVersion}; versions {Opsets.FirstIrVersion} to {Opsets.LastIrVersion} can be read");
        }

        if (!_opsets.TryGetValue("", out var opset))
        {
            throw reader.FailWhole("opset_import of the default domain is missing");
        }

        return opset is >= Opsets.First and <= Opsets.Last
            ? (int)opset
            : throw reader.FailWhole($"the model is of opset {opset}; opsets {Opsets.First} to {Opsets.Last} can be read. Convert it with onnx.version_converter, or export it again with opset {Graph.DefaultOpset}");
    }

    private static string FunctionName(WireReader function)
    {
        while (function.Next())
        {
            if (function.Field == FunctionProto.NameFieldNumber)
            {
                return $", '{function.Text()}'";
            }

            function.Skip();
        }

        return "";
    }
}
