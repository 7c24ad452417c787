using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Exporting;

/// <summary>Weights in a file of their own, as files of more than 2 GiB need it.</summary>
public sealed class ExternalDataTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("onnx", "model.external.onnx")]
    [InlineData("half", "model.half.external.onnx")]
    public async Task Weights_are_an_artifact_of_their_own(string command, string file)
    {
        var version = _models.Publish("resblocks");
        var run = await _models.Run(command, "resblocks", "--external-data");

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        var manifest = _models.Registry.Resolve("resblocks").Manifest;
        Assert.Equal([(ArtifactKinds.Data, $"{file}.data"), (ArtifactKinds.Model, file)], manifest.Artifacts.Skip(2).Select(static a => (a.Kind, a.File)));
        Assert.True(manifest.Find($"{file}.data")!.Bytes > 10 * manifest.Find(file)!.Bytes);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "resblocks")).ExitCode);
        Assert.True(_models.Registry.Verify().Faults.Count == 0);
        Assert.Contains($"{file}.data", TestModels.Files(version));
        Assert.Equal(ExitCode.Ok, (await _models.Run(command, "resblocks", "--external-data")).ExitCode);
    }

    [Fact]
    public async Task Weights_that_changed_are_damage()
    {
        var version = _models.Publish("resblocks");
        await _models.Run("onnx", "resblocks", "--external-data");
        var path = Path.Combine(version.Folder, "model.external.onnx.data");
        var bytes = File.ReadAllBytes(path);
        bytes[100] ^= 1;
        File.WriteAllBytes(path, bytes);

        var damage = Assert.Throws<ToolchainException>(() => _models.Registry.Resolve("resblocks").OpenArtifact("model.external.onnx"));

        Assert.Equal(ErrorKind.BadInput, damage.Kind);
        Assert.Contains("model.external.onnx.data", damage.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, (await _models.Run("verify", "resblocks")).ExitCode);
    }

    [Fact]
    public async Task A_copy_brings_its_weights_along()
    {
        _models.Publish("resblocks");
        Directory.CreateDirectory(_models.Folder["copy"]);
        var run = await _models.Run("onnx", "resblocks", "--external-data", "--input", "tensor", "--output", Path.Combine(_models.Folder["copy"], "mine.onnx"));

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        using var session = ModelSession.Load(Path.Combine(_models.Folder["copy"], "mine.onnx"), new() { Device = DeviceSpec.Cpu });
        var whole = OnnxFile.Read(Path.Combine(_models.Registry.Resolve("resblocks").Folder, "graph.onnx")).Graph;
        var image = RandomData.Floats([2, 1, 28, 28]);
        OnnxRuntime.AssertClose(OnnxRuntime.Output(whole, image), session.Run(new Dictionary<string, TensorData> { [session.Inputs[0].Name] = image })["logits"].Values<float>());
    }
}
