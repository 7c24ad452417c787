using Toolchain.Graphs;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Puts the preprocessing into the graph: its input becomes <c>pixels</c>, <c>uint8 [N, H, W, C]</c>, the decoded image as it is, or for tables
/// <c>numbers</c>, <c>float32 [N, 1, 1, C]</c>, in the units of the columns. Each value is computed as training computes it, v·a[c] and then + b[c], each rounded to float32, so that the result is the same to the last bit.
/// </summary>
internal sealed record AddPreprocessing(Preprocessing Preprocessing) : Rewrite
{
    // The input that it adds.
    private string Sample => ModelTensors.Input(Preprocessing.Samples);

    /// <inheritdoc/>
    public override string Name => "add-preprocessing";

    /// <inheritdoc/>
    public override RewriteResult Apply(Graph graph)
    {
        var names = new ValueNames(graph);
        var input = Input(graph, names);
        var shape = input.Type.Shape!;
        var isImage = Preprocessing.Samples == SampleKind.Pixels;
        var sample = new ValueInfo(Sample, new(isImage ? ElementType.UInt8 : ElementType.Float32, [shape[0], shape[2], shape[3], Preprocessing.Channels]));

        // The axes are moved while the values are still bytes: a quarter of the memory traffic, and a channel's factor then applies to a whole plane.
        var planes = Node("preprocessing.transpose", new Transpose([0, 3, 1, 2]), Sample);
        Node[] floats = isImage ? [planes, Node("preprocessing.cast", new Cast(ElementType.Float32), planes.Outputs[0])] : [planes];
        var scale = Node("preprocessing.scale", new Constant(PerChannel(Preprocessing.Scale)));
        var scaled = Node("preprocessing.mul", new Mul(), floats[^1].Outputs[0], scale.Outputs[0]);
        var offset = Node("preprocessing.offset", new Constant(PerChannel(Preprocessing.Offset)));
        var shifted = Node("preprocessing.add", new Add(), scaled.Outputs[0], offset.Outputs[0]) with { Outputs = [input.Name] };
        return Changed(
            graph with
            {
                Inputs = graph.Inputs.Select(i => i == input ? sample : i).ToEquatableArray(),
                Nodes = [.. floats, scale, scaled, offset, shifted, .. graph.Nodes],
            },
            new Change(floats.Length + 4, "nodes added"));

        Node Node(string name, Operator op, params ReadOnlySpan<string> inputs)
        {
            var unique = names.New(name);
            return new(unique, op, EquatableArray.Create(inputs), [unique]);
        }
    }

    private ValueInfo Input(Graph graph, ValueNames names)
    {
        var image = new TensorType(ElementType.Float32, ["N", Preprocessing.Channels, Preprocessing.Height, Preprocessing.Width]);
        if (graph.Inputs is not [var input])
        {
            throw Fail("one input", $"{graph.Inputs.Count}: {string.Join(", ", graph.Inputs.Select(static i => $"'{i.Name}'"))}");
        }

        var fits = input.Type is { Element: ElementType.Float32, Shape: { Rank: 4 } shape } && shape.Zip(image.Shape!).Skip(1).All(static pair => pair.First.Admits(pair.Second));
        if (!fits)
        {
            throw Fail($"an input {image}", $"'{input.Name}' {input.Type}");
        }

        return names.New(Sample) == Sample ? input : throw Fail($"no value named '{Sample}' yet", "one");

        ToolchainException Fail(string expected, string found) => new(
            ErrorKind.BadInput, $"Preprocessing for {Display.Input(Preprocessing)} cannot be put before graph '{graph.Name}': expected {expected}, found {found}.");
    }

    private TensorData PerChannel(Func<int, float> value)
    {
        var values = Enumerable.Range(0, Preprocessing.Channels).Select(value).ToArray();
        return TensorData.Of<float>(values, 1, Preprocessing.Channels, 1, 1);
    }
}
