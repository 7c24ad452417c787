namespace Toolchain.Data;

/// <summary>What an image file says about itself before anything is decoded.</summary>
/// <param name="Format">Found from the first bytes, never from a name.</param>
/// <param name="Height">Pixels, as shown (after the EXIF orientation).</param>
/// <param name="Width">Pixels, as shown (after the EXIF orientation).</param>
/// <param name="Bands">Channels in the file, transparency included: 1 to 5.</param>
public readonly record struct ImageHeader(ImageFormat Format, int Height, int Width, int Bands);
