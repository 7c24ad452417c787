using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toolchain.Data;

/// <summary>
/// Rows in a cache file, which may be larger than memory: the system keeps in memory what there is room for. Each row is read with one call rather than
/// through a mapping, since a mapped file that somebody cuts short ends the process. Every row is checked against its CRC-32C when it is read.
/// </summary>
internal sealed class CachedRows : PixelRows
{
    private readonly SafeFileHandle _file;
    private readonly uint[] _checksums;
    private readonly string _path;

    private CachedRows(string path, SafeFileHandle file, RowCacheLayout layout, uint[] checksums, IReadOnlyDictionary<int, string> faults)
        : base(layout.Count, layout.Length) => (_path, _file, _checksums, Faults) = (path, file, checksums, faults);

    /// <summary>The source files that could not be decoded, by number; their rows hold nothing.</summary>
    public IReadOnlyDictionary<int, string> Faults { get; }

    /// <summary>Opens a finished cache file.</summary>
    /// <returns>Null when there is none, or not one of this layout.</returns>
    public static CachedRows? TryOpen(string path, RowCacheLayout layout)
    {
        if (!File.Exists(path))
            return null;
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            if (RowCacheFile.TryReadTail(file, layout) is var (checksums, faults))
                return new(path, file, layout, checksums, faults);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    /// <summary>CRC-32C (Castagnoli) of some bytes.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var value in bytes[(bytes.Length / sizeof(ulong) * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    protected override void Fill(int row, Span<byte> pixels)
    {
        var found = 0;
        var start = RowCacheLayout.Start + ((long)row * Length);
        for (int read; found < Length && (read = RandomAccess.Read(_file, pixels[found..], start + found)) > 0;)
            found += read;
        if (found < Length || Checksum(pixels) != _checksums[row])
            throw new ToolchainException(ErrorKind.BadInput, $"Cache file {_path} is damaged in image {row}. Delete it; it will be made again.");
    }
}
