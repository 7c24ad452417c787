using System.Text;
using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Who makes and who reads each value of a graph.</summary>
internal sealed class ValueUses
{
    private readonly Dictionary<string, Node> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _readers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outputs;
    private readonly byte[][] _unread;

    public ValueUses(Graph graph)
    {
        _outputs = graph.Outputs.Select(static o => o.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            foreach (var output in node.Outputs.Where(static o => o.Length > 0))
            {
                _makers[output] = node;
            }

            foreach (var input in node.Inputs)
            {
                _readers[input] = _readers.GetValueOrDefault(input) + 1;
            }
        }

        _unread = [.. graph.Nodes.SelectMany(static n => n.Op.Attributes).Select(static a => a.Value).OfType<AttributeValue.Opaque>().Select(static o => o.Encoded.AsSpan().ToArray())];
    }

    /// <summary>The node that makes a value; null for inputs and initializers.</summary>
    public Node? Maker(string value) => _makers.GetValueOrDefault(value);

    /// <summary>How often nodes read a value; one node may read it more than once.</summary>
    public int Reads(string value) => _readers.GetValueOrDefault(value);

    /// <summary>Whether the graph returns the value.</summary>
    public bool IsOutput(string value) => _outputs.Contains(value);

    /// <summary>
    /// Whether the value may be read inside a sub-graph, where names of the outer graph can be used freely. Sub-graphs are kept unread, so every
    /// value whose name occurs in their bytes counts; such a value can be neither renamed nor removed.
    /// </summary>
    public bool IsReadWithin(string value)
    {
        if (_unread.Length == 0)
        {
            return false;
        }

        var name = Encoding.UTF8.GetBytes(value);
        return Array.Exists(_unread, bytes => bytes.AsSpan().IndexOf(name) >= 0);
    }

    /// <summary>Whether exactly one node reads the value and nothing else does, so that its maker and its reader can be merged.</summary>
    public bool HasOneReader(string value) => Reads(value) == 1 && !IsOutput(value) && !IsReadWithin(value);
}
