using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Onnx;

/// <summary>What a file says about its graph: the graph itself, the functions that it calls, and the versions of the operators' domains.</summary>
internal sealed record FileModel(FileGraph Graph, IReadOnlyList<FileFunction> Functions, long IrVersion, int Opset, IReadOnlyDictionary<string, long> Domains);

/// <summary>A <c>ValueInfoProto</c> as the file has it; the type is null where the file states none that is a tensor's, which only graphs inside nodes may leave out.</summary>
internal sealed record FileValue(string Name, TensorType? Type);

/// <summary>A graph inside a node and the attribute that it is: a branch of If, the body of Loop or Scan.</summary>
internal sealed record FileBody(string Attribute, FileGraph Graph);

/// <summary>A <c>GraphProto</c> as the file has it.</summary>
internal sealed class FileGraph
{
    internal string Name { get; set; } = "";

    internal List<FileNode> Nodes { get; } = [];

    internal OrderedDictionary<string, TensorData> Initializers { get; } = new(StringComparer.Ordinal);

    internal List<FileValue> Inputs { get; } = [];

    internal List<FileValue> Outputs { get; } = [];

    internal Dictionary<string, TensorType> ValueInfo { get; } = new(StringComparer.Ordinal);
}

/// <summary>Reads a <c>GraphProto</c>.</summary>
/// <param name="tensors">Reads its tensors.</param>
/// <param name="limits">Limits.</param>
/// <param name="isInside">Whether it stands inside a node, where inputs and outputs need not have types.</param>
internal sealed class GraphReader(TensorReader tensors, OnnxReadLimits limits, bool isInside = false)
{
    private readonly ValueReader _values = new(limits);

    internal FileGraph Read(WireReader reader)
    {
        var graph = new FileGraph();
        var nodes = new NodeReader(new AttributeDecoder(tensors, limits, isInside), limits);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case GraphProto.NameFieldNumber:
                    graph.Name = reader.Text();
                    break;
                case GraphProto.NodeFieldNumber:
                    graph.Nodes.AddLimited(reader, nodes.Read(reader.Message()), limits.MaxNodes, "nodes");
                    break;
                case GraphProto.InitializerFieldNumber:
                    AddInitializer(reader, graph);
                    break;
                case GraphProto.InputFieldNumber:
                    graph.Inputs.AddLimited(reader, Value(reader.Message()), limits.MaxEntries, "inputs");
                    break;
                case GraphProto.OutputFieldNumber:
                    graph.Outputs.AddLimited(reader, Value(reader.Message()), limits.MaxEntries, "outputs");
                    break;
                case GraphProto.ValueInfoFieldNumber:
                    AddValueInfo(reader, graph);
                    break;
                case GraphProto.SparseInitializerFieldNumber:
                    throw reader.Fail($"the initializer{SparseName(reader.Message())} is sparse, which is not supported. Store it as a dense tensor");
                default:
                    reader.Skip();
                    break;
            }
        }

        return graph.Name.Length > 0 ? graph : throw reader.FailWhole("the graph has no name");
    }

    private FileValue Value(WireReader reader) => isInside ? _values.Read(reader) : _values.ReadTensor(reader);

    private void AddInitializer(WireReader reader, FileGraph graph)
    {
        var (name, data) = tensors.ReadNamed(reader.Message());
        if (graph.Initializers.Count >= limits.MaxInitializers)
        {
            throw reader.Fail($"there are more than {limits.MaxInitializers} initializers");
        }

        if (!graph.Initializers.TryAdd(name, data))
        {
            throw reader.Fail($"two initializers are named '{name}'");
        }
    }

    private void AddValueInfo(WireReader reader, FileGraph graph)
    {
        var (name, type) = _values.Read(reader.Message());
        if (graph.ValueInfo.Count >= limits.MaxEntries)
        {
            throw reader.Fail($"there are more than {limits.MaxEntries} entries");
        }

        if (type is not null && !graph.ValueInfo.TryAdd(name, type))
        {
            throw reader.Fail($"the type of value '{name}' is stated twice");
        }
    }

    private static string SparseName(WireReader sparse)
    {
        while (sparse.Next())
        {
            if (sparse.Field == SparseTensorProto.ValuesFieldNumber)
            {
                var values = sparse.Message();
                while (values.Next())
                {
                    if (values.Field == TensorProto.NameFieldNumber)
                    {
                        return $" '{values.Text()}'";
                    }

                    values.Skip();
                }
            }
            else
            {
                sparse.Skip();
            }
        }

        return "";
    }
}
