using System.Buffers.Binary;

namespace Toolchain.Data;

/// <summary>The images of one folder and their masks, decoded; those pairs that can be.</summary>
/// <param name="Images">The images' files.</param>
/// <param name="Pixels"><c>uint8 [N, H, W, C]</c>.</param>
/// <param name="Masks"><c>uint8 [N, H, W]</c>.</param>
/// <param name="Highest">Each mask's file and its highest class number; −1 when all of it is ignored.</param>
/// <param name="Faults">The files that are not as they must be, each with its path and the reason.</param>
internal sealed record MaskedImages(IReadOnlyList<string> Images, byte[] Pixels, byte[] Masks, IReadOnlyList<(string Mask, int Class)> Highest, IReadOnlyList<string> Faults)
{
    // Bit depth and colour type in a PNG file: signature (8 bytes), length and name of the first chunk (8), width and height (8).
    private const int PngDepthAndColour = 24;
    private const int EightBitGrey = 0x0800;

    /// <summary>The size and channels of the first image, which all others must have; of the first readable one where unreadable ones are left out.</summary>
    public static PixelShape ShapeOf(IReadOnlyList<string> paths, bool skipBad)
    {
        string? first = null;
        foreach (var path in paths)
        {
            var header = Attempt(path, bytes => ImageDecoder.Read(bytes), out var problem);
            if (problem is null)
                return new(header.Height, header.Width, Channels(header));
            first ??= problem;
            if (!skipBad)
                break;
        }

        throw new ToolchainException(ErrorKind.BadInput, first!);
    }

    /// <summary>Decodes pairs of files, in parallel.</summary>
    public static MaskedImages Read((string Image, string Mask)[] pairs, PixelShape shape)
    {
        var area = shape.Height * shape.Width;
        var (pixels, masks, highest) = (new byte[checked(pairs.Length * shape.Length)], new byte[checked(pairs.Length * area)], new int[pairs.Length]);
        var found = new string?[2 * pairs.Length];
        InParallel.For(pairs.Length, i =>
        {
            Attempt(pairs[i].Image, bytes => Decode(bytes, pixels.AsSpan(i * shape.Length, shape.Length), shape), out found[2 * i]);
            Attempt(pairs[i].Mask, bytes => DecodeMask(bytes, masks.AsSpan(i * area, area), shape), out found[(2 * i) + 1]);
            highest[i] = HighestOf(masks.AsSpan(i * area, area));
        });

        int[] whole = [.. Enumerable.Range(0, pairs.Length).Where(i => found[2 * i] is null && found[(2 * i) + 1] is null)];
        return new(
            [.. whole.Select(i => pairs[i].Image)],
            whole.Length == pairs.Length ? pixels : Samples.Gather(pixels, shape.Length, whole),
            whole.Length == pairs.Length ? masks : Samples.Gather(masks, area, whole),
            [.. whole.Select(i => (pairs[i].Mask, highest[i]))],
            [.. found.OfType<string>()]);
    }

    private static bool Decode(byte[] bytes, Span<byte> pixels, PixelShape shape)
    {
        var header = ImageDecoder.Read(bytes);
        var found = new PixelShape(header.Height, header.Width, Channels(header));
        if (found != shape)
            throw new ToolchainException(ErrorKind.BadInput, $"it has {found}, but {shape} is expected, as the first training image has it; all must be alike");
        ImageDecoder.Decode(bytes, pixels, shape.Channels, shape.Height, shape.Width);
        return true;
    }

    // Any other kind of picture would be decoded to values that are no longer the class numbers: one bit to 0 and 255, a palette to colours.
    private static bool DecodeMask(byte[] bytes, Span<byte> mask, PixelShape shape)
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
}
