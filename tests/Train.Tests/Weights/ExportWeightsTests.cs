using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Weights;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Weights;

/// <summary><c>train export-weights</c>, and the way back.</summary>
public sealed class ExportWeightsTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData("w.safetensors")]
    [InlineData("w.pth")]
    public async Task Weights_come_back_bit_by_bit(string name)
    {
        await Import(Fixture.Path("resblocks.pth"));
        var run = await _work.CallAsync("export-weights", "net", _work.PathOf(name), "--json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(("net:1", 16), ((string)run.Result["model"]!, run.Result["weights"]!.AsArray().Count));
        Assert.Equal(new FileInfo(_work.PathOf(name)).Length, (long)run.Result["bytes"]!);

        var first = PyTorchFile.Read(Fixture.Path("resblocks.pth")).Tensors;
        var written = WeightFile.Read(_work.PathOf(name)).Tensors;
        Assert.Equal(first.Keys.Where(static n => !n.EndsWith("num_batches_tracked", StringComparison.Ordinal)), written.Keys);
        Assert.All(written, p => Assert.True(p.Value.ContentEquals(first[p.Key]), p.Key));

        await Import(_work.PathOf(name));
        var (one, two) = (_work.Registry.Resolve("net:1").Manifest.Find(ArtifactKinds.Graph)!, _work.Registry.Resolve("net:2").Manifest.Find(ArtifactKinds.Graph)!);
        Assert.Equal(one.Sha256, two.Sha256);
    }

    [Fact]
    public async Task A_prefix_comes_before_every_name_and_is_stripped_on_the_way_back()
    {
        await Import(Fixture.Path("resblocks.pth"));
        var run = await _work.CallAsync("export-weights", "net", _work.PathOf("w.pth"), "--prefix", "module.");
        Assert.Matches(@"^wrote 16 weights of net:1 to ROOT/w\.pth, [0-9.]+ KiB\n$", run.Output);
        Assert.All(WeightFile.Read(_work.PathOf("w.pth")).Tensors.Keys, static n => Assert.StartsWith("module.", n, StringComparison.Ordinal));
        Assert.Contains("prefix: 'module.' stripped from every name", (await Import(_work.PathOf("w.pth"))).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "does not have the extension of a file of weights. Known are .safetensors, .pth, .pt, .bin.", "net", "w.onnx")]
    [InlineData(ExitCode.BadInput, "Cannot find model 'nets'", "nets", "w.pth")]
    [InlineData(ExitCode.BadInput, "Cannot write 'ROOT/nowhere/w.pth': its folder does not exist.", "net", "nowhere/w.pth")]
    public async Task What_cannot_be_done_is_told(ExitCode exitCode, string message, string model, string file)
    {
        await Import(Fixture.Path("resblocks.pth"));
        var run = await _work.CallAsync("export-weights", model, _work.PathOf(file));
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_work.PathOf(file)));
    }

    private Task<Answer> Import(string path) => _work.CallAsync(["import-weights", path, .. Fixture.Network, "--classes", "3", "--name", "net"]);
}
