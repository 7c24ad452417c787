namespace Toolchain.Data;

/// <summary>The shape of decoded images, <c>uint8 [H, W, C]</c>.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
internal readonly record struct PixelShape(int Height, int Width, int Channels)
{
    /// <summary>Bytes of one image.</summary>
    public int Length => checked(Height * Width * Channels);

    public override string ToString() => $"{Channels}×{Height}×{Width}";
}
