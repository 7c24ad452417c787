using System.Buffers.Binary;
using System.IO.Compression;

namespace Toolchain.Data.Tests;

/// <summary>Writes PNG files that the encoder would not: any bit depth and colour type (PNG specification, sections 5 and 11), honest or not.</summary>
internal static class PngBytes
{
    public const byte Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6;

    /// <summary>A file of one size whose rows are these, already filtered by the given filter, with one ancillary chunk before the pixels if wanted.</summary>
    public static byte[] Write(int height, int width, byte depth, byte colour, byte[] rows, byte[]? palette = null, byte filter = 0, string? ancillary = null)
    {
        var rowBytes = rows.Length / height;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(filter);
                zlib.Write(rows, y * rowBytes, rowBytes);
            }
        }

        return Assemble(height, width, depth, colour, palette, ancillary, packed.ToArray());
    }

    /// <summary>A file whose header claims a size that its few bytes of pixels do not have.</summary>
    public static byte[] Bomb(int height, int width)
    {
        var png = Write(height: 1, width: 8, depth: 8, Grey, new byte[8]);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32(png.AsSpan(12, 17)));
        return png;
    }

    private static byte[] Assemble(int height, int width, byte depth, byte colour, byte[]? palette, string? ancillary, byte[] packed)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colour);
        return
        [
            0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a,
            .. Chunk("IHDR"u8, header),
            .. palette is null ? [] : Chunk("PLTE"u8, palette),
            .. ancillary is null ? [] : Chunk(System.Text.Encoding.ASCII.GetBytes(ancillary), [0, 0, 0, 1]),
            .. Chunk("IDAT"u8, packed),
            .. Chunk("IEND"u8, []),
        ];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
