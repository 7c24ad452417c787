namespace Toolchain.Graphs.Onnx;

/// <summary>
/// What is known of values while a file is still being read; nodes are looked at when somebody first asks. A node that does not fit gives nothing:
/// complaining of it is the business of <see cref="GraphTypes"/>.
/// </summary>
internal sealed class PartialTypes
{
    private readonly Dictionary<string, TensorType> _types = new(StringComparer.Ordinal);
    private FileGraph? _file;
    private int _seen;

    /// <summary>Begins with what the file states.</summary>
    internal void Begin(EquatableArray<ValueInfo> inputs, FileGraph file)
    {
        _file = file;
        foreach (var input in inputs)
        {
            _types[input.Name] = input.Type;
        }
    }

    /// <summary>The type of a value that the nodes so far make; null when it is not known.</summary>
    internal TensorType? Of(string name, IReadOnlyList<Node> nodes, Func<string, TensorData?> constant)
    {
        for (; _seen < nodes.Count; _seen++)
        {
            Look(nodes[_seen], constant);
        }

        return Known(name);
    }

    private void Look(Node node, Func<string, TensorData?> constant)
    {
        var context = new NodeContext(node, [.. node.Inputs.Select(i => i.Length == 0 ? null : Known(i))], constant);
        if (context.Types.Where((type, i) => type is null && node.Inputs[i].Length > 0).Any())
        {
            return;
        }

        try
        {
            foreach (var (output, type) in node.Outputs.Zip(node.Op.Infer(context)))
            {
                _types[output] = type;
            }
        }
        catch (Exception misfit) when (misfit is OverflowException or ToolchainException { Kind: ErrorKind.BadInput })
        {
        }
    }

    private TensorType? Known(string name) =>
        _types.GetValueOrDefault(name) ?? _file!.Initializers.GetValueOrDefault(name)?.TensorType ?? _file.ValueInfo.GetValueOrDefault(name);
}
