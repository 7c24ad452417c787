namespace Toolchain.Data;

/// <summary>Where a file should be.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Name">Its path within the data set's folder.</param>
/// <param name="Problem">Why it cannot be used, if that is known already.</param>
internal sealed record SamplePath(string Path, string Name, string? Problem = null);

/// <summary>A file that samples are decoded from: one image, or a volume with its slices.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Name">Its path within the data set's folder.</param>
/// <param name="Digest">SHA-256 of its bytes, 32 bytes.</param>
/// <param name="Shape">Its own shape, as it would be decoded without a wish for another.</param>
/// <param name="Rows">Its samples; 1 for an image.</param>
internal sealed record SampleFile(string Path, string Name, byte[] Digest, PixelShape Shape, int Rows);
