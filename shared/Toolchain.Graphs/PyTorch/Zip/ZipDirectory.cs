using System.Buffers.Binary;
using Toolchain.Graphs.Files;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.PyTorch.Zip;

/// <summary>
/// The directory of a zip archive whose entries are stored without compression, as <c>torch.save</c> stores them. Anything else that zip allows
/// (compression, encryption, several disks, entries over one another) is refused, so entries are windows of the file and nothing is unpacked.
/// </summary>
internal sealed class ZipDirectory
{
    private readonly ByteSource _source;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private ZipDirectory(ByteSource source) => _source = source;

    /// <summary>The entries' names.</summary>
    internal IEnumerable<string> Names => _entries.Keys;

    /// <summary>Reads and checks the directory.</summary>
    internal static ZipDirectory Read(ByteSource source, PyTorchReadLimits limits)
    {
        var directory = new ZipDirectory(source);
        var (start, length, count) = ZipEnd.Find(source);
        if (count > limits.MaxEntries)
        {
            throw Fail($"the archive says that it has {count} entries; at most {limits.MaxEntries} are read", start);
        }

        directory.ReadEntries(start, start + length, count);
        directory.RequireNoOverlap(start);
        return directory;
    }

    /// <summary>The entry of that name, or null.</summary>
    internal ZipEntry? Find(string name) => _entries.GetValueOrDefault(name);

    /// <summary>Compares an entry's bytes with its checksum.</summary>
    internal void RequireIntact(ZipEntry entry)
    {
        const int Piece = 1 << 20;
        var checksum = 0u;
        for (var done = 0L; done < entry.Length; done += Piece)
        {
            checksum = Crc32.Append(checksum, _source.Span(entry.Start + done, (int)Math.Min(Piece, entry.Length - done)));
        }

        if (checksum != entry.Checksum)
        {
            throw Fail(
                $"the bytes of entry {PickleValues.Quote(entry.Name)} have the checksum {checksum:x8}, but the archive states {entry.Checksum:x8}: the file was damaged, or saved without checksums (torch.serialization.set_crc32_options). Save or copy it again",
                entry.Start);
        }
    }

    private void ReadEntries(long position, long end, long count)
    {
        for (var read = 0L; position < end; read++)
        {
            if (read == count || end - position < ZipFormat.DirectoryHeaderBytes)
            {
                throw Fail($"the directory has more than the {count} entries that the archive announces, or is cut off", position);
            }

            var header = _source.Span(position, ZipFormat.DirectoryHeaderBytes);
            var bytes = ZipFormat.DirectoryHeaderBytes + UInt16(header, 28) + UInt16(header, 30) + UInt16(header, 32);
            if (UInt32(header, 0) != ZipFormat.DirectoryHeader || bytes > end - position)
            {
                throw Fail("the directory is damaged", position);
            }

            var entry = ReadEntry(_source.Span(position, bytes), position);
            if (!_entries.TryAdd(entry.Name, entry))
            {
                throw Fail($"the entry {PickleValues.Quote(entry.Name)} stands twice in the archive", position);
            }

            position += bytes;
        }

        if (_entries.Count != count)
        {
            throw Fail($"the directory has {_entries.Count} entries, but the archive announces {count}", position);
        }
    }

    private ZipEntry ReadEntry(ReadOnlySpan<byte> header, long position)
    {
        var nameBytes = UInt16(header, 28);
        var name = nameBytes is > 0 and <= ZipFormat.MaxNameBytes ? StrictUtf8.Decode(header.Slice(ZipFormat.DirectoryHeaderBytes, nameBytes)) : null;
        if (name is null)
        {
            throw Fail($"an entry's name is not text of 1 to {ZipFormat.MaxNameBytes} bytes", position);
        }

        if ((UInt16(header, 8) & ZipFormat.Encrypted) != 0 || UInt16(header, 10) != 0)
        {
            throw Fail($"the entry {PickleValues.Quote(name)} is compressed or encrypted; PyTorch stores entries as they are", position);
        }

        var extra = header.Slice(ZipFormat.DirectoryHeaderBytes + nameBytes, UInt16(header, 30));
        var (length, stored, start) = ((long)UInt32(header, 24), (long)UInt32(header, 20), (long)UInt32(header, 42));
        ReadExtra(extra, ref length, ref stored, ref start);
        if (length != stored || length < 0 || start < 0)
        {
            throw Fail($"the entry {PickleValues.Quote(name)} has the sizes {length} and {stored}; entries that are not compressed have one size", position);
        }

        return new(name, start, DataStart(name, start, position), length, UInt32(header, 16));
    }

    // Each number that does not fit into 32 bits is stated as 0xFFFFFFFF, and follows here with 64 bits, in this order.
    private static void ReadExtra(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long start)
    {
        while (extra.Length >= 4)
        {
            var size = UInt16(extra, 2);
            if (size > extra.Length - 4)
            {
                return;
            }

            if (UInt16(extra, 0) == ZipFormat.Extra64)
            {
                var numbers = extra.Slice(4, size);
                Widen(ref numbers, ref length);
                Widen(ref numbers, ref stored);
                Widen(ref numbers, ref start);
                return;
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Widen(ref ReadOnlySpan<byte> numbers, ref long value)
    {
        if (value == uint.MaxValue && numbers.Length >= 8)
        {
            value = BinaryPrimitives.ReadInt64LittleEndian(numbers);
            numbers = numbers[8..];
        }
    }

    private long DataStart(string name, long start, long position)
    {
        if (start > _source.Length - ZipFormat.LocalHeaderBytes)
        {
            throw Fail($"the entry {PickleValues.Quote(name)} begins outside the file, at {start}", position);
        }

        var header = _source.Span(start, ZipFormat.LocalHeaderBytes);
        var (nameBytes, extraBytes) = (UInt16(header, 26), UInt16(header, 28));
        var data = start + ZipFormat.LocalHeaderBytes + nameBytes + extraBytes;
        return UInt32(header, 0) == ZipFormat.LocalHeader && data <= _source.Length
            && StrictUtf8.Decode(_source.Span(start + ZipFormat.LocalHeaderBytes, nameBytes)) == name
            ? data
            : throw Fail($"the entry {PickleValues.Quote(name)} has no header of its own at byte {start}", position);
    }

    private void RequireNoOverlap(long directory)
    {
        ZipEntry? before = null;
        foreach (var entry in _entries.Values.OrderBy(static e => e.Header))
        {
            if (before is not null && entry.Header - before.Start < before.Length)
            {
                throw Fail($"the entries {PickleValues.Quote(before.Name)} and {PickleValues.Quote(entry.Name)} lie over one another", entry.Header);
            }

            before = entry;
        }

        if (before is not null && before.Length > directory - before.Start)
        {
            throw Fail($"the entry {PickleValues.Quote(before.Name)} reaches into the directory, or the file is cut off", before.Header);
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ToolchainException Fail(string problem, long position) => new(ErrorKind.BadInput, $"{problem} (byte {position}).");
}
