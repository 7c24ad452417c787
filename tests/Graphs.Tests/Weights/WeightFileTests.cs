using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Tests.PyTorch;
using Toolchain.Graphs.Weights;

namespace Toolchain.Graphs.Tests.Weights;

public sealed class WeightFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weights").FullName;

    [Theory]
    [InlineData("w.safetensors", "safetensors, format pt")]
    [InlineData("w.pth", "PyTorch (zip format)")]
    [InlineData("w.pt", "PyTorch (zip format)")]
    [InlineData("w.bin", "PyTorch (zip format)")]
    [InlineData("w.PTH", "PyTorch (zip format)")]
    public void The_extension_decides_what_is_written(string name, string producer)
    {
        var weights = PyTorchFile.Read(Fixture.Path("net.pth")).Tensors;
        var path = Path.Combine(_folder, name);
        WeightFile.Write(path, weights);
        var read = WeightFile.Read(path);
        Assert.Equal(producer, read.Producer);
        Assert.Equal(weights.Keys, read.Tensors.Keys);
        Assert.All(weights, w => Assert.True(w.Value.ContentEquals(read.Tensors[w.Key]), w.Key));
    }

    [Theory]
    [InlineData("net.safetensors", "w.pth", null)]
    [InlineData("net.pth", "w.safetensors", "PyTorch (zip format)")]
    [InlineData("net-legacy.pth", "w.bin", "PyTorch (legacy format)")]
    public void The_content_decides_how_it_is_read(string fixture, string name, string? producer)
    {
        var path = Path.Combine(_folder, name);
        File.Copy(Fixture.Path(fixture), path);
        var read = WeightFile.Read(path);
        Assert.Equal((producer, 9), (read.Producer, read.Tensors.Count));
    }

    [Fact]
    public void A_checkpoint_says_where_its_weights_were()
    {
        var read = WeightFile.Read(Fixture.Path("checkpoint.pth"));
        Assert.Equal(("state_dict", 4), (read.Entry, read.OtherEntries.Count));
    }

    [Theory]
    [InlineData("weights.h5")]
    [InlineData("weights")]
    public void An_unknown_extension_is_a_usage_error_that_lists_the_known_ones(string name)
    {
        foreach (var use in (Action[])[() => WeightFile.Read(name), () => WeightFile.Write(name, []), () => WeightFile.RequireKnown(name)])
        {
            var error = Assert.Throws<ToolchainException>(use);
            Assert.Equal((ErrorKind.Usage, $"'{name}' does not have the extension of a file of weights. Known are .safetensors, .pth, .pt, .bin."), (error.Kind, error.Message));
        }
    }

    [Fact]
    public void A_file_that_is_none_of_them_is_bad_input()
    {
        var path = Path.Combine(_folder, "w.pth");
        File.WriteAllText(path, "these are no weights");
        Assert.StartsWith($"Cannot read '{path}': ", OnnxProto.Error(() => WeightFile.Read(path)), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
