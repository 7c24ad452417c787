using System.Globalization;
using Google.Protobuf;
using Toolchain.Graphs;
using Toolchain.Train.Tensorboard.Schema;

namespace Toolchain.Train.Tensorboard;

/// <summary>A network's graph as TensorBoard shows it: a node per operator, weight, input and output; the layers' paths fold into boxes.</summary>
internal static class GraphNodes
{
    // The first version of TensorFlow's graphs in which all that is written here has its meaning.
    private const int Producer = 22;

    /// <summary>The graph.</summary>
    public static GraphDef Of(Graph graph)
    {
        var types = GraphTypes.Infer(graph);
        var sources = Sources(graph);
        var result = new GraphDef { Versions = new() { Producer = Producer } };
        result.Node.AddRange(graph.Inputs.Select(input => Node(Path(input.Name), "Input", [], [types[input.Name]])));
        result.Node.AddRange(graph.Initializers.Select(weight => Node(Path(weight.Key), "Weight", [], [weight.Value.TensorType])));
        foreach (var node in graph.Nodes)
        {
            var written = Node(Path(node.Name), node.Op.Type, node.Inputs.Where(sources.ContainsKey).Select(i => sources[i]), node.Outputs.Select(o => types[o]));
            foreach (var attribute in node.Op.Attributes)
            {
                if (Text(attribute.Value) is { } text)
                {
                    written.Attr[attribute.Name] = new() { S = ByteString.CopyFromUtf8(text) };
                }
            }

            result.Node.Add(written);
        }

        result.Node.AddRange(graph.Outputs.Select(output => Node($"output/{Path(output.Name)}", "Output", [sources[output.Name]], [types[output.Name]])));
        return result;
    }

    // What feeds a value: a node's name, with the output's number behind it unless it is the first.
    private static Dictionary<string, string> Sources(Graph graph)
    {
        var sources = graph.Inputs.Select(static i => i.Name).Concat(graph.Initializers.Keys).ToDictionary(static name => name, Path, StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            foreach (var (i, output) in node.Outputs.Index().Where(static o => o.Item.Length > 0))
            {
                sources[output] = i == 0 ? Path(node.Name) : string.Create(CultureInfo.InvariantCulture, $"{Path(node.Name)}:{i}");
            }
        }

        return sources;
    }

    private static NodeDef Node(string name, string op, IEnumerable<string> inputs, IEnumerable<TensorType?> outputs) => new()
    {
        Name = name,
        Op = op,
        Input = { inputs },
        Attr = { ["_output_shapes"] = new() { List = new() { Shape = { outputs.Select(Shape) } } } },
    };

    private static TensorShapeProto Shape(TensorType? type) => type?.Shape is { } shape
        ? new() { Dim = { shape.Select(static d => new TensorShapeProto.Types.Dim { Size = d.IsKnown ? d.Value : -1, Name = d.Symbol ?? "" }) } }
        : new() { UnknownRank = true };

    // Boxes are made of what slashes separate, and layers' paths are separated by dots.
    private static string Path(string name) => name.Replace('.', '/');

    private static string? Text(AttributeValue value) => value switch
    {
        AttributeValue.Int { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        AttributeValue.Float { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        AttributeValue.Text { Value: var text } => text,
        AttributeValue.Ints { Value: var numbers } => string.Join(", ", numbers.Select(static n => n.ToString(CultureInfo.InvariantCulture))),
        AttributeValue.Floats { Value: var numbers } => string.Join(", ", numbers.Select(static n => n.ToString(CultureInfo.InvariantCulture))),
        AttributeValue.Texts { Value: var texts } => string.Join(", ", texts),
        AttributeValue.Tensor or AttributeValue.Opaque => null,
        _ => throw new InvalidOperationException($"Unknown attribute value {value.GetType().Name}."),
    };
}
