using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Toolchain.Data;

/// <summary>
/// Reads the plainest PNG files in place of libvips, which takes some 200 µs to prepare itself where a 28×28 image decodes in ten:
/// 8-bit grey or RGB, not interlaced, without transparency or orientation, in one piece, of the wanted size (PNG specification, third
/// edition). Whatever else a file is, damaged included, is left to libvips to judge, so this has no errors of its own.
/// </summary>
internal static unsafe class PlainPng
{
    private const int SignatureBytes = 8;
    private const int ChunkFrame = 12; // length, type, checksum
    private const byte Grey = 0, Rgb = 2;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(value => CrcOf((uint)value))];

    /// <summary>Fills <paramref name="pixels"/> (<c>uint8 [H, W, channels]</c>) and gives true, or gives false with undefined pixels.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> png, Span<byte> pixels, int channels, int height, int width)
    {
        if (!TryFindData(png, channels, height, width, out var data))
            return false;

        var rowBytes = 1 + (width * channels);
        var filtered = ArrayPool<byte>.Shared.Rent(height * rowBytes);
        try
        {
            return TryInflate(data, filtered.AsSpan(0, height * rowBytes)) && TryUnfilter(filtered, pixels, channels, height, rowBytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(filtered);
        }
    }

    private static bool TryFindData(ReadOnlySpan<byte> png, int channels, int height, int width, out ReadOnlySpan<byte> data)
    {
        data = default;
        for (var rest = png[Math.Min(SignatureBytes, png.Length)..]; rest.Length >= ChunkFrame;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - ChunkFrame)
                return false;
            var body = rest.Slice(8, (int)length);
            if (BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + body.Length)..]) != Crc32(rest.Slice(4, 4 + body.Length)))
                return false;

            var type = rest.Slice(4, 4);
            var first = rest.Length == png.Length - SignatureBytes;
            if (first != type.SequenceEqual("IHDR"u8))
                return false;
            if (first && !IsPlain(body, channels, height, width))
                return false;
            if (type.SequenceEqual("IEND"u8))
                return body.IsEmpty && !data.IsEmpty;
            if (type.SequenceEqual("IDAT"u8) && data.IsEmpty)
                data = body;
            else if (!first && !IsIrrelevant(type))
                return false;
            rest = rest[(ChunkFrame + body.Length)..];
        }

        return false;
    }

    private static bool IsPlain(ReadOnlySpan<byte> header, int channels, int height, int width) =>
        header.Length == 13
        && BinaryPrimitives.ReadInt32BigEndian(header) == width
        && BinaryPrimitives.ReadInt32BigEndian(header[4..]) == height
        && header[8..].SequenceEqual((ReadOnlySpan<byte>)[8, channels == 1 ? Grey : Rgb, 0, 0, 0]); // depth, colour, and no interlacing

    // What says nothing about the stored values.
    private static bool IsIrrelevant(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("gAMA"u8) || type.SequenceEqual("cHRM"u8) || type.SequenceEqual("sRGB"u8)
        || type.SequenceEqual("pHYs"u8) || type.SequenceEqual("tIME"u8) || type.SequenceEqual("bKGD"u8);

    private static bool TryInflate(ReadOnlySpan<byte> data, Span<byte> filtered)
    {
        fixed (byte* start = data)
        {
            using var memory = new UnmanagedMemoryStream(start, data.Length);
            using var zlib = new ZLibStream(memory, CompressionMode.Decompress);
            try
            {
                return zlib.ReadAtLeast(filtered, filtered.Length, throwOnEndOfStream: false) == filtered.Length && zlib.ReadByte() < 0;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }
    }

    private static bool TryUnfilter(ReadOnlySpan<byte> filtered, Span<byte> pixels, int channels, int height, int rowBytes)
    {
        ReadOnlySpan<byte> above = new byte[rowBytes - 1];
        for (var y = 0; y < height; y++)
        {
            var row = pixels.Slice(y * (rowBytes - 1), rowBytes - 1);
            filtered.Slice((y * rowBytes) + 1, row.Length).CopyTo(row);
            switch (filtered[y * rowBytes])
            {
                case 0:
                    break;
                case 1:
                    for (var x = channels; x < row.Length; x++)
                        row[x] += row[x - channels];
                    break;
                case 2:
                    for (var x = 0; x < row.Length; x++)
                        row[x] += above[x];
                    break;
                case 3:
                    for (var x = 0; x < row.Length; x++)
                        row[x] += (byte)(((x < channels ? 0 : row[x - channels]) + above[x]) / 2);
                    break;
                case 4:
                    for (var x = 0; x < row.Length; x++)
                        row[x] += x < channels ? above[x] : Paeth(row[x - channels], above[x], above[x - channels]);
                    break;
                default:
                    return false;
            }

            above = row;
        }

        return true;
    }

    // The neighbour nearest to left + above − corner; ties go to the left one, then the one above (section 9.4).
    private static byte Paeth(byte left, byte above, byte corner)
    {
        var (toLeft, toAbove, toCorner) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - (2 * corner)));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = CrcTable[(byte)crc ^ value] ^ (crc >> 8);
        return ~crc;
    }

    private static uint CrcOf(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
        return value;
    }
}
