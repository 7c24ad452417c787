using Toolchain.Graphs.Files;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>Reads a <c>ModelProto</c>.</summary>
internal sealed class OnnxReader(ExternalData external, OnnxReadLimits limits)
{
    private readonly TensorReader _tensors = new(external, limits);
    private readonly Dictionary<string, long> _opsets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private long _irVersion;
    private string _producerName = "";
    private string _producerVersion = "";
    private readonly List<FileFunction> _functions = [];
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
        var file = new FileModel(graph, _functions, _irVersion, opset, domains);
        new GraphRules(file).Check();
        var assembled = new GraphAssembly(file, limits).Build(_metadata);
        return new()
        {
            Graph = assembled,
            IrVersion = _irVersion,
            Opset = opset,
            Domains = Used(domains, assembled),
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
                _graph = new GraphReader(_tensors, limits).Read(reader.Message());
                break;
            case ModelProto.OpsetImportFieldNumber:
                AddOpset(reader);
                break;
            case ModelProto.MetadataPropsFieldNumber:
                _metadata.AddEntry(reader, limits.MaxEntries);
                break;
            case ModelProto.FunctionsFieldNumber:
                _functions.AddLimited(reader, new FunctionReader(_tensors, limits).Read(reader.Message()), limits.MaxEntries, "functions");
                break;
            default:
                reader.Skip();
                break;
        }
    }

    private void AddOpset(WireReader parent)
    {
        if (_opsets.Count >= limits.MaxEntries)
        {
            throw parent.Fail($"there are more than {limits.MaxEntries} domains");
        }

        var (domain, version) = OpsetImport.Read(parent.Message());
        if (!_opsets.TryAdd(domain, version))
        {
            throw parent.Fail($"the domain '{(domain.Length == 0 ? "ai.onnx" : domain)}' stands twice");
        }
    }

    // Calls have been replaced by what they call, and nobody else knows a function's domain.
    private Dictionary<string, long> Used(Dictionary<string, long> domains, Graph graph)
    {
        var own = _functions.Select(static f => f.Domain).Except(graph.Nodes.Select(static n => n.Op.Domain), StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        return domains.Where(d => !own.Contains(d.Key)).ToDictionary(StringComparer.Ordinal);
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

        return opset is >= Opsets.FirstRead and <= Opsets.Last
            ? (int)opset
            : throw reader.FailWhole($"the model is of opset {opset}; opsets {Opsets.FirstRead} to {Opsets.Last} can be read. {(opset > Opsets.Last ? $"Export it again with opset {Graph.DefaultOpset}" : $"Convert it with onnx.version_converter, or export it again with opset {Graph.DefaultOpset}")}");
    }
}
