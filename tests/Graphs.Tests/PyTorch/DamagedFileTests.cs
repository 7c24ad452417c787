using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Toolchain.Graphs.PyTorch;

namespace Toolchain.Graphs.Tests.PyTorch;

/// <summary>Archives that are cut off, changed, or made to mislead.</summary>
public sealed class DamagedFileTests
{
    public static TheoryData<string> Files => ["net.pth", "net-legacy.pth", "tensors.pth", "tensors-legacy.pth"];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_that_is_cut_off_anywhere_is_refused(string name)
    {
        var bytes = Fixture.Bytes(name);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.StartsWith("Cannot read 'short': ", OnnxProto.Error(() => PyTorchFile.Read(bytes.AsMemory(0, length), "short")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("net.pth", "something was appended")]
    [InlineData("net-legacy.pth", "something follows the last storage")]
    public void A_file_with_something_behind_it_is_refused(string name, string message) =>
        Assert.Contains(message, OnnxProto.Error(() => PyTorchFile.Read((byte[])[.. Fixture.Bytes(name), 0])), StringComparison.Ordinal);

    [Fact]
    public void A_changed_weight_is_noticed()
    {
        var bytes = Archive(("archive/data.pkl", Fixture.Pickle("net.pth")), ("archive/data/0", new byte[72]), ("archive/version", "3"u8.ToArray()));
        bytes[bytes.AsSpan().IndexOf(new byte[72]) + 40] = 1;
        Assert.Contains("the bytes of entry 'archive/data/0' have the checksum", OnnxProto.Error(() => PyTorchFile.Read(bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public void Compressed_entries_are_refused_before_anything_is_unpacked()
    {
        var bytes = Archive(CompressionLevel.Optimal, ("archive/data.pkl", new byte[10_000_000]), ("archive/version", "3"u8.ToArray()));
        Assert.InRange(bytes.Length, 0, 20_000);
        Allocated.AtMost(100_000, () =>
            Assert.Contains("the entry 'archive/data.pkl' is compressed or encrypted", OnnxProto.Error(() => PyTorchFile.Read(bytes)), StringComparison.Ordinal));
    }

    [Fact]
    public void An_archive_of_something_else_is_named()
    {
        Assert.Contains("it is a zip archive without data.pkl", Error(("a/b", [])), StringComparison.Ordinal);
        Assert.Contains("it is a zip archive without data.pkl", Error(("a/b/data.pkl", []), ("data.pkl", [])), StringComparison.Ordinal);
        Assert.Contains("it has more than one data.pkl", Error(("a/data.pkl", []), ("b/data.pkl", [])), StringComparison.Ordinal);
        Assert.Contains("it is a TorchScript program (torch.jit.save)", Error(("a/data.pkl", []), ("a/constants.pkl", [])), StringComparison.Ordinal);
        Assert.Contains("it has no entry 'version'", Error(("a/data.pkl", [])), StringComparison.Ordinal);
        Assert.Contains("it has the format version '11'; 1 to 10 are read", Error(("a/data.pkl", []), ("a/version", "11"u8.ToArray())), StringComparison.Ordinal);
        Assert.Contains("its byte order is 'big'", Error(("a/data.pkl", []), ("a/version", "3"u8.ToArray()), ("a/byteorder", "big"u8.ToArray())), StringComparison.Ordinal);
        Assert.Contains("the entry 'a/data.pkl' stands twice in the archive", Error(("a/data.pkl", []), ("a/data.pkl", [])), StringComparison.Ordinal);
        Assert.Contains("an entry's name is not text of 1 to 1024 bytes", Error((new string('x', 2000), [])), StringComparison.Ordinal);
        Assert.Contains("storage '0' has no entry 'archive/data/…'", Error(("archive/data.pkl", Fixture.Pickle("net.pth")), ("archive/version", "3"u8.ToArray())), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_lies_is_refused()
    {
        var valid = Archive(("a/data.pkl", "}."u8.ToArray()), ("a/version", "3"u8.ToArray()));
        var first = valid.AsSpan().IndexOf("PK\u0001\u0002"u8);
        var second = first + 46 + "a/data.pkl".Length;
        var end = valid.AsSpan().IndexOf("PK\u0005\u0006"u8);
        Assert.Contains("lie over one another", Changed(first + 20, 60, first + 24, 60), StringComparison.Ordinal);
        Assert.Contains("reaches into the directory", Changed(second + 20, 1000, second + 24, 1000), StringComparison.Ordinal);
        Assert.Contains("has the sizes 2 and 3", Changed(first + 20, 3), StringComparison.Ordinal);
        Assert.Contains("begins outside the file, at 99999", Changed(first + 42, 99_999), StringComparison.Ordinal);
        Assert.Contains("has no header of its own at byte 1", Changed(first + 42, 1), StringComparison.Ordinal);
        Assert.Contains("has no header of its own at byte 0", Changed(second + 42, 0), StringComparison.Ordinal);
        Assert.Contains("the directory is damaged", Changed(first, 0), StringComparison.Ordinal);
        Assert.Contains("is not inside the file", Changed(end + 12, int.MaxValue), StringComparison.Ordinal);
        Assert.Contains("is not inside the file", Changed(end + 16, end), StringComparison.Ordinal);
        Assert.Contains("the directory has more than the 1 entries", Changed(end + 8, 0x0001_0001), StringComparison.Ordinal);
        Assert.Contains("the directory has 2 entries, but the archive announces 9", Changed(end + 8, 0x0009_0009), StringComparison.Ordinal);

        string Changed(params int[] changes)
        {
            var bytes = (byte[])valid.Clone();
            for (var i = 0; i < changes.Length; i += 2)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(changes[i]), changes[i + 1]);
            }

            return OnnxProto.Error(() => PyTorchFile.Read(bytes));
        }
    }

    [Theory]
    [InlineData("", "it is neither a zip archive nor a pickle")]
    [InlineData("weights", "it is neither a zip archive nor a pickle")]
    [InlineData("\u0080\u0002}.", "it is a pickle, but not one that torch.save wrote")]
    [InlineData("\u0080\u0001}.", "the pickle has protocol 1; 2 to 5 are read")]
    public void Another_file_is_told_from_one_of_PyTorch(string content, string message) =>
        Assert.Contains(message, OnnxProto.Error(() => PyTorchFile.Read(Encoding.Latin1.GetBytes(content))), StringComparison.Ordinal);

    [Fact]
    public void A_tar_archive_of_the_first_versions_is_named()
    {
        var bytes = new byte[1024];
        "ustar"u8.CopyTo(bytes.AsSpan(257));
        Assert.Contains("it is a tar archive, as PyTorch before 0.1.10 wrote them", OnnxProto.Error(() => PyTorchFile.Read(bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public void Old_files_of_big_endian_machines_are_refused()
    {
        var bytes = Fixture.Bytes("net-legacy.pth");
        bytes[bytes.AsSpan().IndexOf((byte)0x88)] = 0x89;
        Assert.Contains("it was not saved on a little-endian machine", OnnxProto.Error(() => PyTorchFile.Read(bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_a_storage_in_an_old_file_is_taken_from_where_it_lies()
    {
        var file = PyTorchFile.Read(WithView(1, 3)).Tensors["w"];
        Assert.Equal([2f, 3f, 4f], file.Values<float>().ToArray());
        Assert.Contains("a view of storage '0' is outside its 4 elements", OnnxProto.Error(() => PyTorchFile.Read(WithView(2, 3))), StringComparison.Ordinal);
    }

    // A legacy file around one storage of four numbers, whose tensor of three lies in a view of it.
    private static byte[] WithView(int start, int count)
    {
        var legacy = Fixture.Bytes("net-legacy.pth");
        var header = legacy[..(legacy.AsSpan().IndexOf("ccollections"u8) - 2)];
        var pickle = $"\u0080\u0002}}(U\u0001wctorch._utils\n_rebuild_tensor_v2\n((U\u0007storagectorch\nFloatStorage\nU\u00010U\u0003cpuK\u0004(U\u0001vK{(char)start}K{(char)count}ttQK\0K\u0003\u0085K\u0001\u0085\u0089}}tRu.\u0080\u0002]U\u00010a.";
        return [.. header, .. Encoding.Latin1.GetBytes(pickle), .. BitConverter.GetBytes(4L), .. TensorData.Of<float>([1, 2, 3, 4]).Bytes.Span];
    }

    private static string Error(params (string Name, byte[] Content)[] entries) => OnnxProto.Error(() => PyTorchFile.Read(Archive(entries)));

    private static byte[] Archive(params (string Name, byte[] Content)[] entries) => Archive(CompressionLevel.NoCompression, entries);

    private static byte[] Archive(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
