using System.IO.Compression;
using Toolchain.Graphs.PyTorch;

namespace Toolchain.Graphs.Tests.PyTorch;

public sealed class PyTorchWritingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pytorch").FullName;

    [Fact]
    public void What_is_written_is_read_again()
    {
        var tensors = PyTorchFile.Read(Fixture.Path("tensors.pth")).Tensors;
        var path = Path.Combine(_folder, "t.pth");
        PyTorchFile.Write(path, tensors);
        var again = PyTorchFile.Read(path).Tensors;
        Assert.Equal(tensors.Keys, again.Keys);
        Assert.All(tensors, t => Assert.True(t.Value.ContentEquals(again[t.Key]), t.Key));
        Assert.Same(again["base"], again["same"]);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Another_reader_of_zip_archives_finds_the_entries_that_PyTorch_looks_for()
    {
        var bytes = Write([new("größe", TensorData.Of<float>([1, 2, 3])), new("n", TensorData.Scalar(5L))]);
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/data/1", "archive/version"], zip.Entries.Select(static e => e.FullName));
        Assert.Equal(("little", "3\n"), (Text(zip, "archive/byteorder"), Text(zip, "archive/version")));
        var values = zip.GetEntry("archive/data/0")!;
        using var content = values.Open();
        var numbers = new byte[12];
        content.ReadExactly(numbers);
        Assert.Equal(TensorData.Of<float>([1, 2, 3]).Bytes.ToArray(), numbers);
        Assert.Equal(12, values.CompressedLength);
        Assert.Equal(0, bytes.AsSpan().IndexOf(numbers) % 64);
    }

    [Fact]
    public void More_entries_than_16_bits_can_count_are_written_and_read()
    {
        var bytes = Write(Enumerable.Range(0, 66_000).Select(static i => KeyValuePair.Create($"w{i}", TensorData.Scalar((byte)i))));
        var read = PyTorchFile.Read(bytes).Tensors;
        Assert.Equal((66_000, (byte)(65_999 % 256)), (read.Count, read["w65999"].Values<byte>()[0]));
        using var zip = new System.IO.Compression.ZipArchive(new MemoryStream(bytes));
        Assert.Equal(66_003, zip.Entries.Count);
    }

    [Fact]
    public void Equal_weights_give_equal_bytes() =>
        Assert.Equal(Write([new("w", TensorData.Scalar(1f))]), Write([new("w", TensorData.Scalar(1f))]));

    [Theory]
    [InlineData("w", ElementType.UInt16, "PyTorch files hold no uint16 tensors.")]
    [InlineData("v", ElementType.Float32, "The tensor name 'v' stands twice.")]
    public void What_the_format_cannot_hold_is_refused(string name, ElementType type, string message) =>
        Assert.Equal(message, OnnxProto.Error(() => Write([new("v", TensorData.Scalar(1f)), new(name, new TensorData(type, [0], default))])));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Text(System.IO.Compression.ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }

    private static byte[] Write(IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        using var stream = new MemoryStream();
        PyTorchFile.Write(stream, tensors);
        return stream.ToArray();
    }
}
