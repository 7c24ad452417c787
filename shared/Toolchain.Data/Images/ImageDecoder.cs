namespace Toolchain.Data;

/// <summary>
/// Decodes image files of any origin, hostile ones included, into the <c>uint8 [H, W, C]</c> that a model takes. Safe to use from many
/// threads at once. The colours follow the practice of training frameworks: embedded colour profiles are ignored except that CMYK becomes
/// sRGB, 16-bit values keep their high byte, transparency is laid over black, and colour becomes grey by the luma of ITU-R BT.601.
/// </summary>
public static unsafe class ImageDecoder
{
    // Truncation and serious faults are errors; what a decoder merely warns of (odd metadata, for example) is not.
    private const string Strict = "fail-on=error";

    private static readonly string Expected = $"Expected a file in one of the formats {string.Join(", ", ImageSignature.All.Select(Name))}.";

    /// <summary>Whether the bytes begin as a file of a known format does.</summary>
    public static bool IsImage(ReadOnlySpan<byte> encoded) => ImageSignature.Of(encoded) is not null;

    /// <summary>Reads an image's header; nothing is decoded.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="limits">What to refuse; <see cref="ImageLimits.Default"/> when null.</param>
    /// <exception cref="ToolchainException">It is not an image of a known format, is damaged, or exceeds a limit (<see cref="ErrorKind.BadInput"/>).</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> encoded, ImageLimits? limits = null)
    {
        limits ??= ImageLimits.Default;
        var signature = Recognise(encoded, limits);
        fixed (byte* data = encoded)
        {
            using var image = Open(signature, data, encoded.Length);
            return Header(signature, image, limits);
        }
    }

    /// <summary>
    /// Decodes an image as <paramref name="height"/> × <paramref name="width"/> pixels, turned upright by its EXIF orientation. An image of
    /// that size is given exactly; another is resized to it, without regard for its proportions.
    /// </summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="pixels">Receives <c>uint8 [H, W, C]</c>; exactly that long.</param>
    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="limits">What to refuse before decoding; <see cref="ImageLimits.Default"/> when null.</param>
    /// <returns>What the file held.</returns>
    /// <exception cref="ToolchainException">It is not an image of a known format, is damaged or cut short, or exceeds a limit (<see cref="ErrorKind.BadInput"/>).</exception>
    public static ImageHeader Decode(ReadOnlySpan<byte> encoded, Span<byte> pixels, int channels, int height, int width, ImageLimits? limits = null)
    {
        limits ??= ImageLimits.Default;
        if (TryDecodePlain(encoded, pixels, channels, height, width, limits) is { } plain)
            return plain;

        var signature = Recognise(encoded, limits);
        fixed (byte* data = encoded)
        {
            var image = Open(signature, data, encoded.Length);
            try
            {
                var header = Header(signature, image, limits);
                if ((header.Height, header.Width) == (height, width))
                    Replace(ref image, Upright(image));
                else
                    Replace(ref image, Resized(data, encoded.Length, height, width));
                Replace(ref image, ImageColours.ToBytes(image));
                ImageColours.Write(image, pixels, channels);
                return header;
            }
            catch (VipsException e)
            {
                throw Damaged(signature, encoded.Length, e);
            }
            finally
            {
                image.Dispose();
            }
        }
    }

    /// <summary>
    /// Decodes an image of exactly <paramref name="height"/> × <paramref name="width"/> pixels if it is a PNG or JPEG without anything unusual, in a time that its bytes and
    /// pixels bound.
    /// </summary>
    /// <returns>What the file held; null when it is another one, and the pixels are undefined: whether it is an image at all is for <see cref="Decode"/> to say.</returns>
    /// <inheritdoc cref="Decode" path="/param"/>
    public static ImageHeader? TryDecodePlain(ReadOnlySpan<byte> encoded, Span<byte> pixels, int channels, int height, int width, ImageLimits? limits = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "Images are decoded to 1 (grey) or 3 (RGB) channels.");
        if (pixels.Length != (long)height * width * channels)
            throw new ArgumentException($"Expected room for {height} × {width} × {channels} bytes, found {pixels.Length}.", nameof(pixels));

        limits ??= ImageLimits.Default;
        var format = encoded.Length <= limits.MaxBytes && (long)height * width <= limits.MaxPixels ? ImageSignature.Of(encoded)?.Format : null;
        if (format is ImageFormat.Png && PlainPng.TryDecode(encoded, pixels, channels, height, width))
            return new(ImageFormat.Png, height, width, channels);
        return format is ImageFormat.Jpeg && PlainJpeg.TryDecode(encoded, pixels, channels, height, width, out var bands) ? new(ImageFormat.Jpeg, height, width, bands) : null;
    }

    private static ImageSignature Recognise(ReadOnlySpan<byte> encoded, ImageLimits limits)
    {
        if (encoded.IsEmpty)
            throw new ToolchainException(ErrorKind.BadInput, $"The image is empty (0 bytes). {Expected}");
        if (encoded.Length > limits.MaxBytes)
            throw new ToolchainException(ErrorKind.BadInput, $"The image file has {encoded.Length} bytes; the limit is {limits.MaxBytes}. Send a smaller one.");
        return ImageSignature.Of(encoded) ?? throw new ToolchainException(ErrorKind.BadInput,
            $"The data is not an image: it begins with {Convert.ToHexStringLower(encoded[..Math.Min(encoded.Length, 8)])}. {Expected}");
    }

    private static VipsImage Open(ImageSignature signature, byte* data, int length)
    {
        VipsLibrary.EnsureStarted();
        try
        {
            return VipsImage.Load(signature.Loader, data, length, $"access=sequential,{Strict}");
        }
        catch (VipsException e)
        {
            throw Damaged(signature, length, e);
        }
    }

    private static ImageHeader Header(ImageSignature signature, VipsImage image, ImageLimits limits)
    {
        if (!image.HasKnownRange)
            throw new ToolchainException(ErrorKind.BadInput, $"The {Name(signature)} image's values are not unsigned numbers of 8 or 16 bits, and which of them are black and white is not known. Convert it to one of these.");
        var (height, width) = image.Orientation >= 5 ? (image.Width, image.Height) : (image.Height, image.Width);
        return (long)height * width <= limits.MaxPixels
            ? new(signature.Format, height, width, image.Bands)
            : throw new ToolchainException(ErrorKind.BadInput,
                $"The {Name(signature)} image has {height} × {width} = {(long)height * width} pixels; the limit is {limits.MaxPixels}. Send a smaller one.");
    }

    private static VipsImage Upright(VipsImage image)
    {
        if (image.Orientation == 1)
            return image;

        // Turning reads the pixels out of order, which a sequential source cannot.
        using var stored = image.InMemory();
        return stored.Apply("autorot");
    }

    // One operation, so that formats that can (JPEG, WebP) decode at a smaller size at once; it turns the image upright too. Its own
    // property fail-on does not reach the loader (libvips issue 5195); the option string does.
    private static VipsImage Resized(byte* data, int length, int height, int width) =>
        VipsImage.Load("thumbnail_buffer", data, length, $"width={width},height={height},size=force,option-string=\"[{Strict}]\"");

    private static void Replace(ref VipsImage image, VipsImage next)
    {
        if (!ReferenceEquals(image, next))
            image.Dispose();
        image = next;
    }

    // libvips' own words stay inside: its log is one for the process, so beside other damaged images they may be about one of those.
    private static ToolchainException Damaged(ImageSignature signature, int length, VipsException cause) =>
        new(ErrorKind.BadInput, $"The {Name(signature)} image cannot be decoded: it is damaged or cut short ({length} bytes). Save it again.", cause);

    private static string Name(ImageSignature signature) => signature.Format is ImageFormat.WebP ? "WebP" : signature.Format.ToString().ToUpperInvariant();
}
