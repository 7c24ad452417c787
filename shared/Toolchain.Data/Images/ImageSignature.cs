using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>How a format is recognised and which libvips loader reads it.</summary>
/// <param name="Format">The format.</param>
/// <param name="Loader">The name of libvips' operation.</param>
/// <param name="Block">The class that libvips' block list knows the loader by.</param>
/// <param name="Matches">Looks at the first bytes of a file.</param>
internal sealed record ImageSignature(ImageFormat Format, string Loader, string Block, ImageSignature.Test Matches)
{
    public delegate bool Test(ReadOnlySpan<byte> start);

    /// <summary>Every format: the signatures are those of the PNG, JPEG (ISO 10918-1), RIFF/WebP, GIF, TIFF 6.0 with BigTIFF, and AVIF (ISO 23000-22) specifications.</summary>
    public static ImmutableArray<ImageSignature> All { get; } =
    [
        new(ImageFormat.Png, "pngload_buffer", "VipsForeignLoadPng", start => start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a])),
        new(ImageFormat.Jpeg, "jpegload_buffer", "VipsForeignLoadJpeg", start => start.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff])),
        new(ImageFormat.WebP, "webpload_buffer", "VipsForeignLoadWebp", start => start.StartsWith("RIFF"u8) && At(start, 8).StartsWith("WEBP"u8)),
        new(ImageFormat.Gif, "gifload_buffer", "VipsForeignLoadNsgif", start => start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8)),
        new(ImageFormat.Tiff, "tiffload_buffer", "VipsForeignLoadTiff", start => start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) || start.StartsWith("II+\0"u8) || start.StartsWith("MM\0+"u8)),
        new(ImageFormat.Avif, "heifload_buffer", "VipsForeignLoadHeif", start => At(start, 4).StartsWith("ftypavif"u8) || At(start, 4).StartsWith("ftypavis"u8)),
    ];

    /// <summary>The signature that the bytes begin with, or null.</summary>
    public static ImageSignature? Of(ReadOnlySpan<byte> encoded)
    {
        foreach (var signature in All)
        {
            if (signature.Matches(encoded))
                return signature;
        }

        return null;
    }

    private static ReadOnlySpan<byte> At(ReadOnlySpan<byte> bytes, int offset) => bytes.Length > offset ? bytes[offset..] : [];
}
