using System.Globalization;

namespace Toolchain.Train.Loop;

/// <summary>A height and a width, as options and manifests write them: <c>224x224</c>, height first.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
internal sealed record ImageExtent(int Height, int Width)
{
    private const int Largest = 8192;

    public ImageExtent((int Height, int Width) pair)
        : this(pair.Height, pair.Width)
    {
    }

    /// <summary>Both.</summary>
    public (int Height, int Width) Pair => (Height, Width);

    /// <summary>Reads the text.</summary>
    /// <exception cref="ToolchainException">It is something else (<see cref="ErrorKind.Usage"/>).</exception>
    public static ImageExtent Parse(string text) => text.Split('x') is [var height, var width] && Pixels(height) is { } rows && Pixels(width) is { } columns
        ? new(rows, columns)
        : throw new ToolchainException(ErrorKind.Usage, $"Image size '{text}' is not understood. Expected a height and a width of 1 to {Largest} pixels, for example 224x224.");

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");

    private static int? Pixels(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Largest ? number : null;
}
