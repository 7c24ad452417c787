using System.Collections.Immutable;
using System.Globalization;
using Toolchain.Data;

namespace Toolchain.Train.Evaluation;

/// <summary>
/// Looks at each image in several ways, whose softmax is averaged (Krizhevsky et al. 2012, section 4.1): as it is, mirrored, and moved up, down,
/// left and right, with the mirror image of each move when both are asked for.
/// </summary>
/// <param name="Flip">Also mirrors left and right; off by default.</param>
/// <param name="Shift">Also moves by this many pixels; 0, the default, for no moves. What comes in at the edge is 0 before normalisation, as in training.</param>
public sealed record TestTimeAugmentation(bool Flip = false, int Shift = 0)
{
    private const string FlipWord = "flip";
    private const string ShiftWord = "shift";

    /// <summary>How it is written: <c>flip</c>, <c>shift:PIXELS</c>, or both with a comma.</summary>
    public const string Usage = "flip,shift:PIXELS";

    /// <summary>The image as it is, alone.</summary>
    public static TestTimeAugmentation None { get; } = new();

    /// <summary>The ways of looking at each image.</summary>
    public ImmutableArray<TestTimeView> Views => TestTimeViews.Of(Flip, Shift);

    /// <summary>Reads <c>flip</c>, <c>shift</c> (one pixel), <c>shift:2</c> or <c>flip,shift:2</c>.</summary>
    /// <exception cref="ToolchainException">It is something else (<see cref="ErrorKind.Usage"/>).</exception>
    public static TestTimeAugmentation Parse(string text)
    {
        var result = None;
        foreach (var word in text.Split(','))
        {
            result = word.Split(':') switch
            {
                [FlipWord] when !result.Flip => result with { Flip = true },
                [ShiftWord] when result.Shift == 0 => result with { Shift = 1 },
                [ShiftWord, var number] when result.Shift == 0 && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) && pixels > 0 => result with { Shift = pixels },
                _ => throw new ToolchainException(ErrorKind.Usage, $"--tta is '{text}'; it takes {FlipWord}, {ShiftWord} (by one pixel), {ShiftWord}:PIXELS, or {Usage}, each once."),
            };
        }

        return result;
    }

    /// <summary>Refuses moves out of the image, and images that are none.</summary>
    /// <exception cref="ToolchainException">The images are no larger than the move, or rows of a table (<see cref="ErrorKind.Usage"/>).</exception>
    public void RequireFit(Preprocessing preprocessing)
    {
        if (Views.Length > 1 && preprocessing.Samples == SampleKind.Numbers)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--tta {this} is for images, and the samples are rows of a table. Leave it out.");
        }

        if (Shift >= Math.Min(preprocessing.Height, preprocessing.Width))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--tta {ShiftWord}:{Shift} moves images of {preprocessing.Height}x{preprocessing.Width} pixels out of sight. Use fewer pixels.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(',', ((string?[])[Flip ? FlipWord : null, Shift > 0 ? string.Create(CultureInfo.InvariantCulture, $"{ShiftWord}:{Shift}") : null]).OfType<string>());
}
