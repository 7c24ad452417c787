using System.Text;

namespace Toolchain.Graphs.PyTorch.Zip;

/// <summary>
/// Writes an archive of stored entries whose data is aligned as PyTorch aligns it, with numbers of 64 bits where they are needed. Names, sizes and
/// content alone decide its bytes: it states no times.
/// </summary>
/// <param name="stream">Where to; need not be seekable.</param>
internal sealed class ZipWriter(Stream stream)
{
    private const ushort Version = 45;

    private readonly List<ZipEntry> _entries = [];
    private long _position;

    /// <summary>Adds a small file.</summary>
    internal void Add(string name, ReadOnlySpan<byte> data)
    {
        Begin(name, data.Length, Crc32.Append(0, data));
        stream.Write(data);
    }

    /// <summary>Adds a tensor's bytes. They are gone through twice, because the checksum stands before them.</summary>
    internal void Add(string name, TensorData data)
    {
        using var checksum = new ChecksumStream();
        data.WriteTo(checksum);
        Begin(name, data.ByteCount, checksum.Checksum);
        data.WriteTo(stream);
    }

    /// <summary>Writes the directory; nothing can be added after it.</summary>
    internal void Finish()
    {
        var start = _position;
        foreach (var entry in _entries)
        {
            Write(writer => Directory(writer, entry));
        }

        var length = _position - start;
        var end64 = _position;
        Write(writer =>
        {
            writer.Write(ZipFormat.End64);
            writer.Write((long)(ZipFormat.End64Bytes - 12));
            writer.Write(Version);
            writer.Write(Version);
            writer.Write(0L);
            writer.Write((long)_entries.Count);
            writer.Write((long)_entries.Count);
            writer.Write(length);
            writer.Write(start);
            writer.Write(ZipFormat.Locator64);
            writer.Write(0);
            writer.Write(end64);
            writer.Write(1);
            writer.Write(ZipFormat.End);
            writer.Write(0);
            writer.Write((ushort)Math.Min(_entries.Count, ushort.MaxValue));
            writer.Write((ushort)Math.Min(_entries.Count, ushort.MaxValue));
            writer.Write(Narrow(length));
            writer.Write(Narrow(start));
            writer.Write((ushort)0);
        });
    }

    private void Begin(string name, long length, uint checksum)
    {
        var text = Encoding.UTF8.GetBytes(name);
        var padding = Padding(_position + ZipFormat.LocalHeaderBytes + text.Length);
        var entry = new ZipEntry(name, _position, _position + ZipFormat.LocalHeaderBytes + text.Length + padding, length, checksum);
        Write(writer =>
        {
            writer.Write(ZipFormat.LocalHeader);
            Describe(writer, entry, (uint)entry.Length, text.Length, padding);
            writer.Write(text);
            writer.Write(ZipFormat.ExtraPadding);
            writer.Write((ushort)(padding - 4));
            writer.Write(new byte[padding - 4]);
        });
        _position += length;
        _entries.Add(entry);
    }

    private static void Directory(BinaryWriter writer, ZipEntry entry)
    {
        var text = Encoding.UTF8.GetBytes(entry.Name);
        var far = entry.Header >= uint.MaxValue;
        writer.Write(ZipFormat.DirectoryHeader);
        writer.Write(Version);
        Describe(writer, entry, (uint)entry.Length, text.Length, far ? 12 : 0);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(0);
        writer.Write(Narrow(entry.Header));
        writer.Write(text);
        if (far)
        {
            writer.Write(ZipFormat.Extra64);
            writer.Write((ushort)8);
            writer.Write(entry.Header);
        }
    }

    // What both headers of an entry state, from the version to the length of the extra field. One entry has less than 2 GiB.
    private static void Describe(BinaryWriter writer, ZipEntry entry, uint length, int nameBytes, int extraBytes)
    {
        writer.Write(Version);
        writer.Write(ZipFormat.Utf8Names);
        writer.Write((ushort)0);
        writer.Write(0);
        writer.Write(entry.Checksum);
        writer.Write(length);
        writer.Write(length);
        writer.Write((ushort)nameBytes);
        writer.Write((ushort)extraBytes);
    }

    // The extra field needs 4 bytes for itself.
    private static int Padding(long end) => 4 + (int)((ZipFormat.Alignment - ((end + 4) % ZipFormat.Alignment)) % ZipFormat.Alignment);

    private static uint Narrow(long number) => (uint)Math.Min(number, uint.MaxValue);

    private void Write(Action<BinaryWriter> write)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        write(writer);
        writer.Flush();
        stream.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        _position += buffer.Length;
    }
}
