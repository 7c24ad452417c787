namespace Toolchain.Data;

/// <summary>What is refused before it is decoded.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits used when none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Most pixels (height × width) that the header may announce; 50 million by default.</summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>Most bytes of the encoded file; 64 MiB by default.</summary>
    public long MaxBytes { get; init; } = 64 << 20;
}
