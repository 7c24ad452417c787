using System.Text.Json.Nodes;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Inspection;

public sealed class InspectCommandTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task An_exported_model_shows_what_it_takes_gives_and_costs()
    {
        _models.Publish();
        await _models.Run("onnx", "resblocks");
        Golden.Matches("inspect.txt", (await _models.Run("inspect", "resblocks")).Output);
    }

    [Fact]
    public async Task A_model_that_was_not_exported_shows_its_trained_graph()
    {
        _models.Publish();
        Assert.StartsWith("file        FOLDER/models/resblocks/1/graph.onnx", (await _models.Run("inspect", "resblocks")).Output, StringComparison.Ordinal);
        Assert.Contains("BatchNormalization", (await _models.Run("inspect", "resblocks", "--artifact", "graph")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_json_has_the_layers_with_their_costs()
    {
        _models.Publish("mlp");
        var result = JsonNode.Parse((await _models.Run("inspect", "mlp", "--json")).Output)!;

        Assert.Equal((17, 8), ((int)result["opset"]!, (int)result["ir_version"]!));
        Assert.Equal("""[{"name":"input","type":"float32","shape":"[N, 1, 28, 28]"}]""", result["inputs"]!.ToJsonString());
        Assert.Equal("""{"Gemm":2,"Flatten":1,"Relu":1}""", result["operators"]!.ToJsonString());
        Assert.Equal((784 * 256) + 256 + (256 * 10) + 10, (int)result["parameters"]!["total"]!);
        Assert.Equal((784 * 256) + (256 * 10), (int)result["multiply_adds"]!);
        Assert.Equal(["flatten", "fc1", "relu1", "fc2"], result["layers"]!.AsArray().Select(static l => (string?)l!["name"]));
    }

    [Fact]
    public async Task A_file_with_foreign_operators_is_shown_as_far_as_it_is_known()
    {
        var graph = new Sketch().Node("fused", new Foreign("FusedConv", "com.microsoft", []), "x").Node("odd", new Foreign("HardSwish", "", []), "fused").Node("relu", new Relu(), "odd").Output("relu", ["N", 3]).Build();
        var path = _models.Folder["foreign.onnx"];
        OnnxFile.Write(graph, path, new() { Domains = new Dictionary<string, long> { ["com.microsoft"] = 1 }, ProducerName = "elsewhere" });
        var run = await _models.Run("inspect", path);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Golden.Matches("inspect-foreign.txt", run.Output);
    }

    [Fact]
    public async Task A_file_whose_sizes_are_all_open_says_why_there_is_no_layer_table()
    {
        var graph = new Sketch().Input("x", ["N", 3, "H", "W"]).Weight("w", 4, 3, 3, 3).Node("conv", new Conv(), "x", "w").Output("conv", ["N", 4, "h", "w"]).Build();
        OnnxFile.Write(graph, _models.Folder["open.onnx"]);
        var run = await _models.Run("inspect", _models.Folder["open.onnx"]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains("There is no layer table: Conv node 'conv': a window of 3 pixels does not fit", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.BadInput, "no-such.onnx")]
    [InlineData(ExitCode.BadInput, "no-such-model")]
    [InlineData(ExitCode.Usage, "Not A Model")]
    [InlineData(ExitCode.BadInput, "mlp", "--artifact", "no-such-artifact")]
    [InlineData(ExitCode.Usage, "some.onnx", "--artifact", "graph")]
    public async Task What_is_not_there_is_named(ExitCode exitCode, params string[] args)
    {
        _models.Publish("mlp");
        var run = await _models.Run(["inspect", .. args]);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Contains(args[^1] == "graph" ? "some.onnx" : args[^1], run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_difference_names_nodes_weights_metadata_and_sizes()
    {
        var graph = Two("relu", new Relu(), 0);
        OnnxFile.Write(graph with { Metadata = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } }, _models.Folder["first.onnx"]);
        OnnxFile.Write(Two("elu", new Elu(0.5f), 0.25f) with { Metadata = new Dictionary<string, string> { ["b"] = "3", ["c"] = "4" } }, _models.Folder["second.onnx"], new() { Opset = 13 });
        var run = await _models.Run("inspect", _models.Folder["first.onnx"], "--diff", _models.Folder["second.onnx"]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Golden.Matches("inspect-diff.txt", run.Output);
        var json = JsonNode.Parse((await _models.Run("inspect", _models.Folder["first.onnx"], "--diff", _models.Folder["second.onnx"], "--json")).Output)!;
        Assert.False((bool)json["equal"]!);
        Assert.Equal(0.25, (double)json["changes"]!.AsArray().Single(static c => (string?)c!["name"] == "w")!["max_difference"]!, 1e-6);
        Assert.Equal((2, 1), ((int)json["equal_nodes"]!, (int)json["equal_weights"]!));

        static Graph Two(string activation, Operator op, float shift)
        {
            var sketch = new Sketch().Weight("w", 4, 3, 3, 3).Weight("b", 4).Node("conv", new Conv(), "x", "w", "b").Node(activation, op, "conv").Node("pool", new GlobalAveragePool(), activation).Node("y", new Flatten(), "pool").Output("y");
            var graph = sketch.Build();
            return graph with { Initializers = graph.Initializers.Select((name, data) => name == "w" ? TensorData.Of<float>([.. data.Values<float>().ToArray().Select(v => v + shift)], data.Dimensions.AsSpan()) : data) };
        }
    }

    [Fact]
    public async Task Equal_files_and_versions_of_a_model_can_be_compared()
    {
        _models.Publish("mlp");
        _models.Publish("mlp");
        var run = await _models.Run("inspect", "mlp:1", "--diff", "mlp:2");
        var json = JsonNode.Parse((await _models.Run("inspect", "mlp:1", "--diff", "mlp", "--json")).Output)!;

        Assert.EndsWith("\nBoth hold the same.\n", run.Output, StringComparison.Ordinal);
        Assert.True((bool)json["equal"]!);
    }

    [Fact]
    public async Task A_drawing_shows_every_layer()
    {
        _models.Publish("mlp");
        var run = await _models.Run("inspect", "mlp", "--svg", _models.Folder["mlp.svg"]);

        Assert.EndsWith("drawing: FOLDER/mlp.svg\n", run.Output, StringComparison.Ordinal);
        var svg = File.ReadAllText(_models.Folder["mlp.svg"]);
        foreach (var layer in (string[])["flatten", "fc1", "relu1", "fc2"])
        {
            Assert.Contains(layer, svg, StringComparison.Ordinal);
        }

        Assert.Equal(ExitCode.Usage, (await _models.Run("inspect", "mlp", "--svg", _models.Folder["mlp.svg"], "--diff", "mlp")).ExitCode);
    }

    [Theory]
    [InlineData(long.MaxValue, 1, "Conv node 'y/Conv': its sizes exceed 2^63.")]
    [InlineData(1, 1L << 40, "Graph 'foreign' cannot be measured: its sizes or costs exceed 2^63.")]
    public async Task Sizes_beyond_all_numbers_are_no_defect(long dilation, long padding, string message)
    {
        new ForeignFile(17).Input("x", "N", 3, 5, 5).Weight("w", 4, 3, 3, 3)
            .Node("Conv", "x w", "y", ("dilations", (long[])[dilation, 1]), ("pads", (long[])[padding, padding, padding, padding])).Output("y", "N", 4, "h", "w").Write(_models.Folder["hostile.onnx"]);
        var run = await _models.Run("inspect", _models.Folder["hostile.onnx"]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains($"There is no layer table: {message}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_file_names_the_place()
    {
        var version = _models.Publish("mlp");
        File.WriteAllBytes(_models.Folder["cut.onnx"], File.ReadAllBytes(Path.Combine(version.Folder, "graph.onnx"))[..1000]);
        var run = await _models.Run("inspect", _models.Folder["cut.onnx"]);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Matches("^export: Cannot read 'FOLDER/cut.onnx': .* at byte [0-9]+", run.Error);
    }
}
