using System.Text.Json.Nodes;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Exporting;

/// <summary>Exports with other outputs or input sizes than the trained graph.</summary>
public sealed class VariantTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("model.batch1.onnx", "pixels uint8 [1, 28, 28, 1]", "logits float32 [1, 10]", "--batch-size", "1")]
    [InlineData("model.tensor.batch3.onnx", "input float32 [3, 1, 28, 28]", "logits float32 [3, 10]", "--batch-size", "3", "--input", "tensor")]
    [InlineData("model.height32.width40.onnx", "pixels uint8 [N, 32, 40, 1]", "logits float32 [N, 10]", "--height", "32", "--width", "40")]
    [InlineData("model.height-dynamic.width-dynamic.onnx", "pixels uint8 [N, H, W, 1]", "logits float32 [N, 10]", "--height", "dynamic", "--width", "dynamic")]
    [InlineData("model.batch2.width-dynamic.onnx", "pixels uint8 [2, 28, W, 1]", "logits float32 [2, 10]", "--width", "dynamic", "--batch-size", "2")]
    public async Task Sizes_are_set_and_proven(string file, string input, string output, params string[] options)
    {
        _models.Publish("resnet20");
        var run = await _models.Run(["onnx", "resnet20", .. options]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        var artifact = _models.Registry.Resolve("resnet20").Manifest.Find(file)!;
        Assert.Equal((ArtifactKinds.Variant, input), (artifact.Kind, Text(artifact.Inputs[0])));
        Assert.Equal(output, Text(artifact.Outputs[0]));
        Assert.InRange(artifact.Parity!.MaxAbsError, 0, 1e-4);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "resnet20")).ExitCode);
        Assert.Null(_models.Registry.Resolve("resnet20").Manifest.Served());
    }

    [Fact]
    public async Task A_fixed_batch_is_measured_on_data_of_any_size()
    {
        var version = _models.Publish("mlp");
        TestData.Write(_models.Folder["data"], version, wrong: 25, images: 100);
        var run = await _models.Run("onnx", "mlp", "--batch-size", "7", "--data", $"idx:{_models.Folder["data"]}", "--batch", "32", "--json");
        Assert.Equal(0.75, (double)JsonNode.Parse(run.Output)!["accuracy"]!);
    }

    [Fact]
    public async Task Sizes_that_the_network_cannot_take_are_refused_with_the_layer()
    {
        var version = _models.Publish("mlp");
        var files = TestModels.Files(version);

        var fixedSize = await _models.Run("onnx", "mlp", "--height", "32");
        var open = await _models.Run("onnx", "mlp", "--height", "dynamic");

        Assert.Equal((ExitCode.BadInput, ExitCode.BadInput), (fixedSize.ExitCode, open.ExitCode));
        Assert.Contains("cannot take [N, 1, 32, 28]: Gemm node", fixedSize.Error, StringComparison.Ordinal);
        Assert.Contains("cannot take 1×60×28", open.Error, StringComparison.Ordinal);
        Assert.Equal(files, TestModels.Files(version));
    }

    [Fact]
    public async Task Features_are_a_file_of_their_own_without_labels()
    {
        var version = _models.Publish("resblocks");
        var graph = OnnxFile.Read(Path.Combine(version.Folder, "graph.onnx")).Graph;
        var last = graph.Nodes.Last(static n => n.Op is Gemm);
        var before = graph.Nodes.First(n => n.Outputs.Contains(last.Inputs[0])).Name;
        var run = await _models.Run("onnx", "resblocks", "--output-at", before);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        var artifact = _models.Registry.Resolve("resblocks").Manifest.Find($"model.at-{before}.onnx")!;
        Assert.Equal(["embedding"], artifact.Outputs.Select(static o => o.Name));
        Assert.Equal(ArtifactKinds.Variant, artifact.Kind);
        var metadata = OnnxFile.Read(Path.Combine(version.Folder, artifact.File)).Graph.Metadata;
        Assert.Equal(("[]", "features"), (metadata["labels"], metadata["task"]));
        Assert.Contains("the trained graph at 28×28", run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "resblocks")).ExitCode);
    }

    [Fact]
    public async Task Features_cannot_be_measured_on_data()
    {
        _models.Publish("mlp");
        Assert.Equal(ExitCode.Usage, (await _models.Run("onnx", "mlp", "--output-at", "fc1", "--data", "fashion-mnist")).ExitCode);
    }

    [Theory]
    [InlineData("--height", "0")]
    [InlineData("--batch-size", "many")]
    public async Task Sizes_are_numbers_or_dynamic(params string[] options)
    {
        _models.Publish("mlp");
        var run = await _models.Run(["onnx", "mlp", .. options]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"{options[0]} is '{options[1]}'; expected a number from 1, or dynamic", run.Error, StringComparison.Ordinal);
    }

    private static string Text(TensorSpec tensor) => $"{tensor.Name} {tensor.Type} {tensor.Shape}";
}
