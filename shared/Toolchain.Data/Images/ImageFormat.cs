namespace Toolchain.Data;

/// <summary>The image file formats that can be decoded.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG, baseline and progressive.</summary>
    Jpeg,

    /// <summary>WebP, lossy and lossless; the first frame of an animation.</summary>
    WebP,

    /// <summary>GIF; the first frame of an animation.</summary>
    Gif,

    /// <summary>TIFF; the first page.</summary>
    Tiff,

    /// <summary>AVIF; the primary image.</summary>
    Avif,
}
