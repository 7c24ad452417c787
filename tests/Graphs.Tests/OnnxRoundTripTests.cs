using System.Runtime.InteropServices;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxRoundTripTests
{
    public static TheoryData<string> KnownOperators => [.. OperatorTable.Known];

    public static TheoryData<ElementType> NumberTypes => [.. Enum.GetValues<ElementType>().Where(static t => t != ElementType.Text)];

    [Theory]
    [MemberData(nameof(KnownOperators))]
    public void An_operator_reads_back_as_it_was_written(string type)
    {
        Assert.True(OnnxSamples.Operators.TryGetValue(type, out var add), $"Add a sample of {type} to {nameof(OnnxSamples)}.");
        var sketch = new OnnxSketch();
        add(sketch);
        var graph = sketch.Build();

        Assert.Contains(graph.Nodes, n => n.Op.Type == type);
        AssertSame(graph, OnnxFile.Read(Bytes(graph, new() { Opset = Math.Max(Graph.DefaultOpset, OnnxSamples.Since(type)) })).Graph);
    }

    [Theory]
    [MemberData(nameof(KnownOperators))]
    public void An_operator_that_an_opset_lacks_is_written_as_older_ones_of_the_same_types(string type)
    {
        var sketch = new OnnxSketch();
        OnnxSamples.Operators[type](sketch);
        var graph = sketch.Build();

        foreach (var opset in Enumerable.Range(Opsets.First, Opsets.Last - Opsets.First + 1))
        {
            var read = OnnxFile.Read(Bytes(graph, new() { Opset = opset })).Graph;
            Assert.All(read.Nodes, n => Assert.True(n.Op is not Foreign && n.Op.Since <= opset, $"{n} at opset {opset}"));
            var types = GraphTypes.Infer(read);
            Assert.All(graph.Outputs, o => Assert.Equal(o.Type, types[o.Name]));
        }
    }

    [Theory]
    [InlineData(13, 7)]
    [InlineData(14, 7)]
    [InlineData(15, 8)]
    [InlineData(16, 8)]
    [InlineData(17, 8)]
    [InlineData(18, 8)]
    [InlineData(19, 9)]
    [InlineData(20, 9)]
    [InlineData(21, 10)]
    [InlineData(22, 10)]
    [InlineData(23, 11)]
    [InlineData(24, 12)]
    [InlineData(25, 13)]
    [InlineData(26, 13)]
    public void Every_opset_reads_back_as_the_same_graph(int opset, long irVersion)
    {
        var graph = OnnxSamples.EveryOperator(opset);

        var model = OnnxFile.Read(Bytes(graph, new() { Opset = opset }));

        Assert.Equal((opset, irVersion), (model.Opset, model.IrVersion));
        AssertSame(graph, model.Graph);
    }

    [Fact]
    public void The_default_is_opset_17_of_this_toolchain()
    {
        var model = OnnxFile.Read(Bytes(OnnxSamples.Network(), new() { ProducerVersion = "1.2.3" }));

        Assert.Equal((17, 8L, "toolchain", "1.2.3"), (model.Opset, model.IrVersion, model.ProducerName, model.ProducerVersion));
        Assert.Empty(model.Domains);
        Assert.Empty(model.ValueInfo);
    }

    [Fact]
    public void Value_info_states_the_inferred_types_when_asked_for()
    {
        var graph = OnnxSamples.Network();
        var types = GraphTypes.Infer(graph);

        var stated = OnnxFile.Read(Bytes(graph, new() { WriteValueInfo = true })).ValueInfo;

        Assert.Equal(graph.Nodes.Count - 1, stated.Count);
        Assert.All(stated, s => Assert.Equal(types[s.Key], s.Value));
    }

    [Theory]
    [MemberData(nameof(NumberTypes))]
    public void Every_element_type_keeps_its_bytes(ElementType type)
    {
        var bytes = Enumerable.Range(0, 6 * type.Size()).Select(i => (byte)(type == ElementType.Bool ? i % 2 : 251 - (40 * i))).ToArray();
        var data = new TensorData(type, [2, 3], bytes);
        var sketch = new OnnxSketch();
        sketch.Node(new Identity(), sketch.Weight(data));
        sketch.Node(new Identity(), sketch.Constant(data));
        sketch.Node(new Identity(), sketch.Input(type, ["N", 3]));
        var graph = sketch.Build();

        AssertSame(graph, OnnxFile.Read(Bytes(graph)).Graph);
    }

    [Fact]
    public void Empty_tensors_and_scalars_are_tensors_too()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Identity(), sketch.Weight(new TensorData(ElementType.Float32, [0, 3], default)));
        sketch.Node(new Identity(), sketch.Weight(TensorData.Scalar(2.5f)));
        var graph = sketch.Build();

        AssertSame(graph, OnnxFile.Read(Bytes(graph)).Graph);
    }

    [Fact]
    public void Shapes_keep_numbers_symbols_and_unknowns()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Identity(), sketch.Input("N", 3, Dimension.Unknown, 0, "höhe"));
        sketch.Node(new Identity(), sketch.Input(Shape.Scalar));
        sketch.Node(new Identity(), sketch.Input(ElementType.Float32, null));
        var graph = sketch.Build();

        AssertSame(graph, OnnxFile.Read(Bytes(graph)).Graph);
    }

    [Fact]
    public void Equal_graphs_give_equal_bytes()
    {
        var again = new Dictionary<string, string> { ["größe"] = "klein", ["labels"] = "cat\ndog" };

        Assert.Equal(Bytes(OnnxSamples.EveryOperator()), Bytes(OnnxSamples.EveryOperator() with { Metadata = again }));
        Assert.Equal(Bytes(OnnxSamples.EveryOperator()), Bytes(OnnxFile.Read(Bytes(OnnxSamples.EveryOperator())).Graph));
    }

    [Fact]
    public void Weights_are_written_from_where_they_are()
    {
        var weight = new TensorData(ElementType.Float32, [16, 1024, 1024], new byte[64 << 20]);
        var sketch = new OnnxSketch();
        sketch.Node(new Identity(), sketch.Weight(weight));
        var graph = sketch.Build();

        Allocated.AtMost(1 << 20, () => OnnxFile.Write(graph, Stream.Null));
    }

    internal static byte[] Bytes(Graph graph, OnnxWriteOptions? options = null)
    {
        using var stream = new MemoryStream();
        OnnxFile.Write(graph, stream, options);
        return stream.ToArray();
    }

    internal static void AssertSame(Graph expected, Graph actual)
    {
        Assert.Equal(expected.Name, actual.Name);
        Assert.Equal(expected.Inputs, actual.Inputs);
        Assert.Equal(expected.Outputs, actual.Outputs);
        Assert.Equal(expected.Nodes, actual.Nodes);
        Assert.Equal(expected.Metadata.OrderBy(static m => m.Key, StringComparer.Ordinal), actual.Metadata);
        Assert.Equal(expected.Initializers.Keys, actual.Initializers.Keys);
        Assert.All(expected.Initializers, w => Assert.True(w.Value.ContentEquals(actual.Initializers[w.Key]), w.Key));
    }
}
