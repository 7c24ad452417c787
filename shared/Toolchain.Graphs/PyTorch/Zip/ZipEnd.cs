using System.Buffers.Binary;
using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.PyTorch.Zip;

/// <summary>The record at the end of an archive, from which its directory is found.</summary>
/// <param name="Start">Where the directory begins.</param>
/// <param name="Length">Bytes of the directory.</param>
/// <param name="Count">Entries.</param>
internal readonly record struct ZipEnd(long Start, long Length, long Count)
{
    /// <summary>Finds the record behind which nothing but its comment follows.</summary>
    internal static ZipEnd Find(ByteSource source)
    {
        var tail = source.Span(Math.Max(0, source.Length - ZipFormat.EndBytes - ushort.MaxValue), (int)Math.Min(source.Length, ZipFormat.EndBytes + ushort.MaxValue));
        for (var at = tail.Length - ZipFormat.EndBytes; at >= 0; at--)
        {
            var record = tail[at..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(record) == ZipFormat.End && BinaryPrimitives.ReadUInt16LittleEndian(record[20..]) == record.Length - ZipFormat.EndBytes)
            {
                return Read(source, record, source.Length - record.Length);
            }
        }

        throw Fail("the archive has no end record; the file is cut off, or something was appended to it", source.Length);
    }

    private static ZipEnd Read(ByteSource source, ReadOnlySpan<byte> record, long position)
    {
        var end = new ZipEnd(
            BinaryPrimitives.ReadUInt32LittleEndian(record[16..]), BinaryPrimitives.ReadUInt32LittleEndian(record[12..]), BinaryPrimitives.ReadUInt16LittleEndian(record[10..]));
        if (position >= ZipFormat.Locator64Bytes && source.Span(position - ZipFormat.Locator64Bytes, ZipFormat.Locator64Bytes) is var locator
            && BinaryPrimitives.ReadUInt32LittleEndian(locator) == ZipFormat.Locator64)
        {
            position = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
            end = Read64(source, position);
        }

        return end.Start >= 0 && end.Length >= 0 && end.Count >= 0 && end.Start <= position && end.Length <= position - end.Start
            ? end
            : throw Fail($"the archive's directory ({end.Length} bytes from byte {end.Start} on) is not inside the file", position);
    }

    private static ZipEnd Read64(ByteSource source, long position)
    {
        if (position < 0 || position > source.Length - ZipFormat.End64Bytes || source.Span(position, ZipFormat.End64Bytes) is var record
            && BinaryPrimitives.ReadUInt32LittleEndian(record) != ZipFormat.End64)
        {
            throw Fail("the archive's end record points to nothing", source.Length);
        }

        return new(
            BinaryPrimitives.ReadInt64LittleEndian(record[48..]), BinaryPrimitives.ReadInt64LittleEndian(record[40..]), BinaryPrimitives.ReadInt64LittleEndian(record[32..]));
    }

    private static ToolchainException Fail(string problem, long position) => new(ErrorKind.BadInput, $"{problem} (byte {position}).");
}
