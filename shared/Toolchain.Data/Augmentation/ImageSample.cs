namespace Toolchain.Data;

/// <summary>What every image of a data set has in common, as far as transforms use it.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Seed">The seed of all changes.</param>
/// <param name="Fill">What shows where an image is not, per channel.</param>
/// <param name="Mean">Per channel, 0..255; empty unless a transform asks for it.</param>
/// <param name="Deviation">Standard deviation per channel, on the scale of the values; empty unless a transform asks for it.</param>
internal sealed record ImageFrame(int Height, int Width, int Channels, long Seed, byte[] Fill, byte[] Mean, float[] Deviation);

/// <summary>An image on its way through the transforms, which change it in place.</summary>
internal readonly ref struct ImageSample(ImageFrame frame, Span<byte> pixels, Span<byte> mask, Span<byte> scratch, int epoch, int index)
{
    private static readonly byte[] IgnoredFill = [MaskTargets.Ignored];

    public ImageFrame Frame { get; } = frame;

    /// <summary><c>uint8 [H, W, C]</c>.</summary>
    public Span<byte> Pixels { get; } = pixels;

    /// <summary>The class of every pixel, <c>uint8 [H, W]</c>; empty without a mask.</summary>
    public Span<byte> Mask { get; } = mask;

    /// <summary>Room for a copy of the pixels.</summary>
    public Span<byte> Scratch { get; } = scratch;

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>The sample's index in its data set.</summary>
    public int Index { get; } = index;

    /// <summary>The pixels as a grid.</summary>
    public PixelGrid Image => new(Pixels, Frame.Height, Frame.Width, Frame.Channels, Frame.Fill);

    /// <summary>The mask as a grid; empty without one.</summary>
    public PixelGrid MaskImage => new(Mask, Frame.Height, Frame.Width, 1, IgnoredFill);
}
