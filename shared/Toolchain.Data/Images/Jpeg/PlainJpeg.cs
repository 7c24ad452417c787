using System.Buffers.Binary;

namespace Toolchain.Data;

/// <summary>
/// Reads plain JPEG files in place of libvips, which takes about as long to prepare itself as a 224×224 image takes to decode: grey, RGB or luma and chroma
/// (JFIF), of the wanted size, stored upright. Decoder and pixels are the same. Whatever else a file is, damaged included, is left to libvips to judge, so
/// this has no errors of its own; and where the system has no TurboJPEG, every file is.
/// </summary>
internal static class PlainJpeg
{
    private const byte Scan = 0xda, Application1 = 0xe1;
    private const ushort Orientation = 0x0112, Short = 3, Upright = 1;

    /// <summary>Fills <paramref name="pixels"/> (<c>uint8 [H, W, channels]</c>) and gives true, or gives false with undefined pixels.</summary>
    /// <param name="jpeg">The file.</param>
    /// <param name="pixels">The pixels.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="bands">The channels that the file has.</param>
    public static bool TryDecode(ReadOnlySpan<byte> jpeg, Span<byte> pixels, int channels, int height, int width, out int bands)
    {
        bands = 0;
        if (!TurboJpeg.IsAvailable || !TurboJpeg.TryRead(jpeg, out var rows, out var columns, out var colours) || (rows, columns) != (height, width) || !IsUpright(jpeg))
            return false;

        switch (colours, channels)
        {
            case (TurboJpeg.Colours.Grey, 1):
                bands = 1;
                return TurboJpeg.TryDecode(jpeg, pixels, height, width, TurboJpeg.PixelFormat.Grey);
            case (TurboJpeg.Colours.Grey, 3):
                bands = 1;
                return TurboJpeg.TryDecode(jpeg, pixels, height, width, TurboJpeg.PixelFormat.Rgb);
            case (TurboJpeg.Colours.Rgb or TurboJpeg.Colours.LumaChroma, 3):
                bands = 3;
                return TurboJpeg.TryDecode(jpeg, pixels, height, width, TurboJpeg.PixelFormat.Rgb);
            default:
                return false;
        }
    }

    // The segments before the first scan (ISO 10918-1, B.1.1): a marker, a length that counts itself, the content.
    private static bool IsUpright(ReadOnlySpan<byte> jpeg)
    {
        for (var rest = jpeg[2..]; rest.Length >= 4 && rest[0] == 0xff && rest[1] != Scan;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length < 2 || length > rest.Length - 2)
                return false;
            if (rest[1] == Application1 && rest.Slice(4, length - 2).StartsWith("Exif\0\0"u8) && !SaysUpright(rest.Slice(10, length - 8)))
                return false;
            rest = rest[(2 + length)..];
            if (rest.Length >= 2 && rest[0] == 0xff && rest[1] == Scan)
                return true;
        }

        return false;
    }

    // The first directory of a TIFF file (TIFF 6.0, section 2), which EXIF is: twelve bytes for each entry.
    private static bool SaysUpright(ReadOnlySpan<byte> exif)
    {
        var little = exif.StartsWith("II*\0"u8);
        if (exif.Length < 10 || (!little && !exif.StartsWith("MM\0*"u8)))
            return false;

        var start = Int32(exif[4..]);
        if (start < 8 || start > exif.Length - 2)
            return false;
        var count = Int16(exif[start..]);
        if (count > (exif.Length - start - 2) / 12)
            return false;
        for (var entry = exif.Slice(start + 2, count * 12); !entry.IsEmpty; entry = entry[12..])
        {
            if (Int16(entry) == Orientation)
                return Int16(entry[2..]) == Short && Int32(entry[4..]) == 1 && Int16(entry[8..]) == Upright;
        }

        return true;

        int Int16(ReadOnlySpan<byte> bytes) => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

        int Int32(ReadOnlySpan<byte> bytes) => little ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt32BigEndian(bytes);
    }
}
