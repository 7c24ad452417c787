using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Toolchain.Data;

/// <summary>What a cache file holds.</summary>
/// <param name="Count">Rows.</param>
/// <param name="Length">Bytes of one row.</param>
internal readonly record struct RowCacheLayout(int Count, int Length)
{
    /// <summary>Where rows begin.</summary>
    public const int Start = 64;

    /// <summary>Where rows end and their checksums begin.</summary>
    public long End => Start + ((long)Count * Length);
}

/// <summary>
/// The format of cache files, numbers little-endian: 8 bytes that name it, the number of rows and the bytes of one (int64 each), and the bytes of the
/// faults (int64), in 64 bytes; the rows; a CRC-32C for each (uint32); the faults, as a JSON object from file numbers to messages.
/// </summary>
internal static class RowCacheFile
{
    private static ReadOnlySpan<byte> Magic => "TCROWS\0\x01"u8;

    /// <summary>Writes all but the rows.</summary>
    public static void WriteFrame(SafeFileHandle file, RowCacheLayout layout, uint[] checksums, IReadOnlyDictionary<int, string> faults)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(faults);
        var head = new byte[RowCacheLayout.Start];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(8), layout.Count);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), layout.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(24), text.Length);
        RandomAccess.Write(file, head, 0);
        RandomAccess.Write(file, MemoryMarshal.AsBytes(checksums.AsSpan()), layout.End);
        RandomAccess.Write(file, text, layout.End + ((long)checksums.Length * sizeof(uint)));
    }

    /// <summary>Reads what stands behind the rows; null when the file is not one of this layout, in full length.</summary>
    public static (uint[] Checksums, IReadOnlyDictionary<int, string> Faults)? TryReadTail(SafeFileHandle file, RowCacheLayout layout)
    {
        var head = new byte[RowCacheLayout.Start];
        if (!TryRead(file, head, 0) || !head.AsSpan().StartsWith(Magic))
            return null;
        var (count, length, faultBytes) = (Number(8), Number(16), Number(24));
        var checksumBytes = (long)layout.Count * sizeof(uint);
        if ((count, length) != (layout.Count, layout.Length) || faultBytes is < 0 or > int.MaxValue || RandomAccess.GetLength(file) != layout.End + checksumBytes + faultBytes)
            return null;

        var (checksums, text) = (new uint[layout.Count], new byte[faultBytes]);
        if (!TryRead(file, MemoryMarshal.AsBytes(checksums.AsSpan()), layout.End) || !TryRead(file, text, layout.End + checksumBytes))
            return null;
        try
        {
            return (checksums, JsonSerializer.Deserialize<SortedDictionary<int, string>>(text)!);
        }
        catch (JsonException)
        {
            return null;
        }

        long Number(int at) => BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(at));
    }

    private static bool TryRead(SafeFileHandle file, Span<byte> bytes, long at)
    {
        for (int read; !bytes.IsEmpty; bytes = bytes[read..], at += read)
        {
            read = RandomAccess.Read(file, bytes, at);
            if (read == 0)
                return false;
        }

        return true;
    }
}
