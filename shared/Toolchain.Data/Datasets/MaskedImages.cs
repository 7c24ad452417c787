using System.Buffers.Binary;

namespace Toolchain.Data;

/// <summary>The images of one folder and their masks, decoded.</summary>
/// <param name="Pixels"><c>uint8 [N, H, W, C]</c>.</param>
/// <param name="Masks"><c>uint8 [N, H, W]</c>.</param>
/// <param name="Highest">The highest class number of each mask; −1 when all of it is ignored.</param>
internal sealed record MaskedImages(byte[] Pixels, byte[] Masks, int[] Highest)
{
    // Bit depth and colour type in a PNG file: signature (8 bytes), length and name of the first chunk (8), width and height (8).
    private const int PngDepthAndColour = 24;
    private const int EightBitGrey = 0x0800;

    /// <summary>The size and channels of one image, which all others must have.</summary>
    public static (int Height, int Width, int Channels) ShapeOf(string path)
    {
        var header = Attempt(path, bytes => ImageDecoder.Read(bytes), out var problem);
        return problem is null ? (header.Height, header.Width, Channels(header)) : throw new ToolchainException(ErrorKind.BadInput, problem);
    }

    /// <summary>Decodes pairs of files, in parallel; what is wrong with them is noted in their order.</summary>
    public static MaskedImages Read((string Image, string Mask)[] pairs, (int Height, int Width, int Channels) shape, Problems problems)
    {
        var area = shape.Height * shape.Width;
        var images = new MaskedImages(new byte[checked(pairs.Length * area * shape.Channels)], new byte[checked(pairs.Length * area)], new int[pairs.Length]);
        var found = new string?[2 * pairs.Length];
        Parallel.For(0, pairs.Length, i =>
        {
            Attempt(pairs[i].Image, bytes => Decode(bytes, images.Pixels.AsSpan(i * area * shape.Channels, area * shape.Channels), shape), out found[2 * i]);
            Attempt(pairs[i].Mask, bytes => DecodeMask(bytes, images.Masks.AsSpan(i * area, area), shape), out found[(2 * i) + 1]);
            images.Highest[i] = HighestOf(images.Masks.AsSpan(i * area, area));
        });
        foreach (var problem in found.OfType<string>())
            problems.Add(problem);
        return images;
    }

    private static bool Decode(byte[] bytes, Span<byte> pixels, (int Height, int Width, int Channels) shape)
    {
        var header = ImageDecoder.Read(bytes);
        var found = (header.Height, header.Width, Channels(header));
        if (found != shape)
            throw new ToolchainException(ErrorKind.BadInput, $"it has {Text(found)}, but {Text(shape)} is expected, as the first training image has it; all must be alike");
        ImageDecoder.Decode(bytes, pixels, shape.Channels, shape.Height, shape.Width);
        return true;
    }

    // Any other kind of picture would be decoded to values that are no longer the class numbers: one bit to 0 and 255, a palette to colours.
    private static bool DecodeMask(byte[] bytes, Span<byte> mask, (int Height, int Width, int Channels) shape)
    {
        _ = ImageDecoder.Read(bytes);
        return ImageSignature.Of(bytes)?.Format is ImageFormat.Png && BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(PngDepthAndColour)) == EightBitGrey
            ? Decode(bytes, mask, shape with { Channels = 1 })
            : throw new ToolchainException(ErrorKind.BadInput, "it is not 8-bit grey; save masks as 8-bit grey PNG whose values are the class numbers");
    }

    private static T? Attempt<T>(string path, Func<byte[], T> read, out string? problem)
    {
        try
        {
            problem = null;
            return read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is ToolchainException or IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: {e.Message}";
            return default;
        }
    }

    private static int HighestOf(ReadOnlySpan<byte> mask)
    {
        var highest = -1;
        foreach (var label in mask)
            highest = label == MaskTargets.Ignored ? highest : Math.Max(highest, label);
        return highest;
    }

    // Two bands are grey with transparency, four are colour with it.
    private static int Channels(ImageHeader header) => header.Bands <= 2 ? 1 : 3;

    private static string Text((int Height, int Width, int Channels) shape) => $"{shape.Channels}×{shape.Height}×{shape.Width}";
}
