using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxWritingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx-writing").FullName;

    [Fact]
    public void The_file_follows_the_rules_of_onnx()
    {
        var model = ModelProto.Parser.ParseFrom(OnnxRoundTripTests.Bytes(OnnxSamples.EveryOperator()));

        Assert.Equal(8, model.IrVersion);
        Assert.Equal([("", 17L)], model.OpsetImport.Select(static o => (o.Domain, o.Version)));
        Assert.NotEmpty(model.Graph.Name);
        Assert.Equal(["größe", "labels"], model.MetadataProps.Select(static m => m.Key));
        Assert.DoesNotContain(model.Graph.Input, i => model.Graph.Initializer.Any(w => w.Name == i.Name));
        Assert.All(model.Graph.Node, static n => Assert.NotEmpty(n.Name));
        Assert.All(model.Graph.Node.SelectMany(static n => n.Attribute), static a => Assert.True(a.HasType && a.Type != AttributeType.Undefined));
        Assert.All(model.Graph.Initializer, static w => Assert.True(w.HasRawData && w.FloatData.Count == 0));
        Assert.All(model.Graph.Input.Concat(model.Graph.Output), static v => Assert.NotNull(v.Type.TensorType.Shape));
        Assert.Equal("N", model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam);
        Assert.Empty(model.Graph.ValueInfo);
    }

    [Fact]
    public void From_opset_18_on_the_axes_of_a_mean_are_an_input()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new ReduceMean([1], false), sketch.Input("N", 3));
        var graph = sketch.Build();

        Assert.Equal(["ReduceMean"], Nodes(17).Select(static n => n.OpType));
        var nodes = Nodes(18);
        Assert.Equal(["Constant", "ReduceMean"], nodes.Select(static n => n.OpType));
        Assert.Equal(["in0", nodes[0].Output[0]], nodes[1].Input);
        Assert.Equal(["keepdims"], nodes[1].Attribute.Select(static a => a.Name));

        NodeProto[] Nodes(int opset) => [.. ModelProto.Parser.ParseFrom(OnnxRoundTripTests.Bytes(graph, new() { Opset = opset })).Graph.Node];
    }

    [Fact]
    public void What_an_opset_lacks_is_refused_by_name()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Reshape(AllowZero: true), sketch.Input(0, 3), sketch.Longs(3, 0));
        var graph = sketch.Build();

        Assert.Contains("has allowzero, which opset 13 lacks. Write opset 14 or later.", OnnxProto.Error(() => Write(graph, new() { Opset = 13 })), StringComparison.Ordinal);
        OnnxRoundTripTests.AssertSame(graph, OnnxFile.Read(OnnxRoundTripTests.Bytes(graph, new() { Opset = 14 })).Graph);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(27)]
    public void An_opset_that_is_not_known_is_refused(int opset)
    {
        var error = Assert.Throws<ToolchainException>(() => Write(OnnxSamples.Network(), new() { Opset = opset }));

        Assert.Equal((ErrorKind.Usage, $"Opset {opset} cannot be written. Choose one from 13 to 26; 17 is understood most widely."), (error.Kind, error.Message));
    }

    [Fact]
    public void Operators_that_nobody_knows_stay_at_their_opset()
    {
        var graph = Foreign("");
        var old = Foreign("") with { Nodes = graph.Nodes.Select(static n => n.Op is Foreign op ? n with { Op = op with { Opset = 13 } } : n).ToEquatableArray() };

        Assert.Contains("in the form of opset 17; it cannot be written as opset 13. Write opset 17.", OnnxProto.Error(() => Write(graph, new() { Opset = 13 })), StringComparison.Ordinal);
        Assert.Contains("in the form of opset 13; it cannot be written as opset 17. Write opset 13.", OnnxProto.Error(() => Write(old, new())), StringComparison.Ordinal);
        OnnxRoundTripTests.AssertSame(graph, OnnxFile.Read(OnnxRoundTripTests.Bytes(graph)).Graph);
        OnnxRoundTripTests.AssertSame(old, OnnxFile.Read(OnnxRoundTripTests.Bytes(old, new() { Opset = 13 })).Graph);
        Assert.Equal(((int?)null, (int?)13), (Opsets.Required(graph), Opsets.Required(old)));
    }

    [Fact]
    public void Operators_of_an_opset_that_is_not_written_are_refused_together()
    {
        var graph = Foreign("");
        var old = graph with { Nodes = graph.Nodes.Select(static n => n.Op is Foreign op ? n with { Op = op with { Opset = 11 } } : n).ToEquatableArray() };

        Assert.Contains("cannot translate from opset 11: ", OnnxProto.Error(() => Opsets.Required(old)), StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_of_other_domains_need_a_version()
    {
        var graph = Foreign("com.example");

        Assert.Contains("the version of its domain 'com.example' is not stated.", OnnxProto.Error(() => Write(graph, new())), StringComparison.Ordinal);
        var model = OnnxFile.Read(OnnxRoundTripTests.Bytes(graph, new() { Domains = new Dictionary<string, long> { ["com.example"] = 2 } }));
        Assert.Equal(2, model.Domains["com.example"]);
        OnnxRoundTripTests.AssertSame(graph, model.Graph);
    }

    [Fact]
    public void Types_behind_operators_that_nobody_knows_are_written_again()
    {
        var model = OnnxProto.Model();
        model.Graph.Node[0].OpType = "Odd";
        model.Graph.ValueInfo.Add(OnnxProto.Value("t", 5, 10));
        var read = model.Read();

        var again = OnnxFile.Read(OnnxRoundTripTests.Bytes(read.Graph, OnnxWriteOptions.Like(read)));

        Assert.Equal([KeyValuePair.Create("t", new TensorType(ElementType.Float32, [5, 10]))], again.ValueInfo);
    }

    [Fact]
    public void Padding_that_wraps_around_is_itself_from_opset_19_on_and_a_choice_of_places_before()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Pad(PadMode.Wrap), sketch.Input("N", 3, 4), sketch.Longs(0, 0, 5, 0, 1, 0));
        var graph = sketch.Build();

        Assert.Equal(new Pad(PadMode.Wrap), OnnxFile.Read(OnnxRoundTripTests.Bytes(graph, new() { Opset = 19 })).Graph.Nodes[^1].Op);
        var older = OnnxFile.Read(OnnxRoundTripTests.Bytes(graph, new() { Opset = 18 })).Graph;
        Assert.Equal([new Gather(1), new Gather(2)], older.Nodes.Select(static n => n.Op).OfType<Gather>());
        Assert.Equal([[0, 1, 2, 0], [3, 0, 1, 2, 3, 0, 1, 2, 3]], older.Nodes.Where(static n => n.Op is Gather).Select(n => older.ConstantValue(n.Inputs[1])!.Values<long>().ToArray()));
    }

    [Fact]
    public void Padding_that_wraps_an_axis_around_whose_size_is_not_known_needs_opset_19()
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Pad(PadMode.Wrap), sketch.Input("N", 4), sketch.Longs(1, 0, 0, 0));

        Assert.Contains("axis 0 of [N, 4] wraps around by 1 and 0, and unless its size is known", OnnxProto.Error(() => Write(sketch.Build(), new())), StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_that_is_not_well_formed_is_not_written()
    {
        var graph = OnnxSamples.Network();

        Assert.Contains("is not made by any earlier node", OnnxProto.Error(() => Write(graph with { Inputs = [] }, new())), StringComparison.Ordinal);
        Assert.Contains("The graph has no name", OnnxProto.Error(() => Write(graph with { Name = "" }, new())), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_can_be_written_over_the_file_that_its_weights_come_from()
    {
        var path = Path.Combine(_folder, "m.onnx");
        OnnxFile.Write(OnnxSamples.Network(), path);
        var graph = OnnxFile.Read(path).Graph;

        OnnxFile.Write(graph with { Name = "renamed" }, path);

        OnnxRoundTripTests.AssertSame(OnnxSamples.Network() with { Name = "renamed" }, OnnxFile.Read(path).Graph);
        OnnxRoundTripTests.AssertSame(OnnxSamples.Network(), graph);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        var path = Path.Combine(_folder, "m.onnx");
        File.WriteAllText(path, "old");
        var broken = TensorData.Deferred(ElementType.Float32, [4], static () => throw new InvalidOperationException("no weights"));
        var sketch = new OnnxSketch();
        sketch.Node(new Identity(), sketch.Weight(broken));
        var graph = sketch.Build();

        Assert.Throws<InvalidOperationException>(() => OnnxFile.Write(graph, path, new() { ExternalDataThreshold = 1 }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_named()
    {
        var error = Assert.Throws<ToolchainException>(() => OnnxFile.Write(OnnxSamples.Network(), Path.Combine(_folder, "none", "m.onnx")));

        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains("its folder does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_2_GiB_of_weights_need_a_path()
    {
        // Never made: what decides is the size, before anything is written.
        var half = TensorData.Deferred(ElementType.UInt8, [1L << 30], static () => throw new InvalidOperationException("The weights were read."));
        var sketch = new OnnxSketch();
        sketch.Node(new Add(), sketch.Weight(half), sketch.Weight(half));
        var graph = sketch.Build();

        Assert.Equal(
            "Graph 'sketch' has 2147483648 bytes of weights for an external data file, which a stream cannot have (one ONNX file holds at most 2 GiB). Write it to a path.",
            OnnxProto.Error(() => Write(graph, new())));
        Assert.Contains("Graph 'sketch' has 2147", OnnxProto.Error(() => Write(graph, new() { ExternalDataThreshold = long.MaxValue })), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Graph Foreign(string domain)
    {
        var sketch = new OnnxSketch();
        sketch.Node(new Foreign("Odd", domain, [new("a", new AttributeValue.Int(1))]), sketch.Input("N", 4));
        return sketch.Build();
    }

    private static void Write(Graph graph, OnnxWriteOptions options) => OnnxFile.Write(graph, Stream.Null, options);
}
