using System.Globalization;
using Toolchain.Data;

namespace Toolchain.Train.Loop;

/// <summary>How a data set was read, as far as that was asked for.</summary>
internal sealed record ReadingSpec
{
    /// <summary>The height and width that images are resized to, <c>HxW</c>; null for their own.</summary>
    public string? ImageSize { get; init; }

    /// <summary>The folder that keeps decoded images; null for none.</summary>
    public string? Cache { get; init; }

    /// <summary>Whether unreadable files are left out.</summary>
    public bool SkipBad { get; init; }

    /// <summary>The record of options.</summary>
    public static ReadingSpec Of(DatasetOptions options) => new()
    {
        ImageSize = options.Size is (var height, var width) ? string.Create(CultureInfo.InvariantCulture, $"{height}x{width}") : null,
        Cache = options.Cache,
        SkipBad = options.SkipBad,
    };

    /// <summary>The options, as they were.</summary>
    /// <exception cref="ToolchainException">The size is none (<see cref="ErrorKind.BadInput"/>).</exception>
    public DatasetOptions ToOptions() => new() { Size = Size(), Cache = Cache, SkipBad = SkipBad };

    private (int Height, int Width)? Size() => ImageSize?.Split('x') switch
    {
        null => null,
        [var height, var width] when Pixels(height) is { } rows && Pixels(width) is { } columns => (rows, columns),
        _ => throw new ToolchainException(ErrorKind.BadInput, $"An image size is written HxW, found '{ImageSize}'."),
    };

    private static int? Pixels(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
