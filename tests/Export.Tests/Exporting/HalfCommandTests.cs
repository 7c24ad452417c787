using System.Text.Json.Nodes;
using Toolchain.Export.Tests.Support;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Exporting;

public sealed class HalfCommandTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("model.half.onnx", "float32", "--storage")]
    [InlineData("model.half.onnx", "float32")]
    [InlineData("model.fp16.onnx", "float16", "--compute")]
    [InlineData("model.fp16.tensor.opset13.onnx", "float16", "--compute", "--input", "tensor", "--opset", "13")]
    public async Task A_half_model_is_proven_measured_and_published(string file, string precision, params string[] form)
    {
        var version = _models.Publish("resblocks");
        TestData.Write(_models.Folder["data"], version, wrong: 10, images: 40);
        await _models.Run("onnx", "resblocks");
        var run = await _models.Run(["half", "resblocks", "--data", $"idx:{_models.Folder["data"]}", "--json", .. form]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var result = JsonNode.Parse(run.Output)!;
        Assert.InRange((double)result["accuracy"]!, 0.70, 0.80);
        Assert.InRange((double)result["max_abs_error"]!, 1e-7, (double)result["tolerance"]!);
        var artifact = _models.Registry.Resolve("resblocks").Manifest.Find(file)!;
        Assert.Equal((ArtifactKinds.Model, precision), (artifact.Kind, artifact.Precision));
        Assert.All(artifact.Inputs.Concat(artifact.Outputs), static t => Assert.Contains(t.Type, (string[])["uint8", "float32"]));
        Assert.InRange(artifact.Bytes, 0, 0.6 * _models.Registry.Resolve("resblocks").Manifest.Find("model.onnx")!.Bytes);
        Assert.Equal("model.onnx", _models.Registry.Resolve("resblocks").Manifest.Served()!.File);
        var verified = await _models.Run("verify", "resblocks");
        Assert.True(verified.ExitCode == ExitCode.Ok, verified.Output);
    }

    [Fact]
    public async Task Logits_beyond_float16_are_refused_and_nothing_is_published()
    {
        var version = _models.Publish("mlp", change: static p => p);
        var large = _models.Publish(Scaled(NetworkSamples.Build("mlp").Graph, 3000), version.Manifest.Preprocessing, "large");
        var files = TestModels.Files(large);
        var run = await _models.Run("half", "large", "--compute");

        Assert.Equal(ExitCode.Mismatch, run.ExitCode);
        Assert.Contains("--storage computes in float32", run.Error, StringComparison.Ordinal);
        Assert.Equal(files, TestModels.Files(large));
        Assert.Equal(ExitCode.Ok, (await _models.Run("half", "large", "--storage")).ExitCode);
    }

    [Fact]
    public async Task Both_forms_at_once_are_refused()
    {
        _models.Publish("mlp");
        Assert.Equal(ExitCode.Usage, (await _models.Run("half", "mlp", "--storage", "--compute")).ExitCode);
    }

    private static Graph Scaled(Graph graph, float factor) => graph with
    {
        Initializers = graph.Initializers.Select((_, data) => TensorData.Of<float>([.. data.Values<float>().ToArray().Select(v => v * factor)], data.Dimensions.AsSpan())),
    };
}
