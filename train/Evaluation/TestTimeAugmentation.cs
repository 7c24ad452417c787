using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

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

    /// <summary>Ways of looking at each image.</summary>
    public int Views => (Flip ? 2 : 1) * (Shift > 0 ? 5 : 1);

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

    /// <summary>The views of a batch, one after the other; the current dispose scope owns them.</summary>
    /// <param name="images">Normalised images, <c>float32 [N, C, H, W]</c>.</param>
    /// <param name="preprocessing">How they were normalised, which tells what 0 became.</param>
    /// <exception cref="ToolchainException">The images are no larger than the move (<see cref="ErrorKind.Usage"/>).</exception>
    public IEnumerable<Tensor> Apply(Tensor images, Preprocessing preprocessing)
    {
        if (Shift >= Math.Min(preprocessing.Height, preprocessing.Width))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--tta {ShiftWord}:{Shift} moves images of {preprocessing.Height}x{preprocessing.Width} pixels out of sight. Use fewer pixels.");
        }

        return Moved(images, preprocessing).SelectMany(view => Flip ? (Tensor[])[view, view.flip(3)] : [view]);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(',', ((string?[])[Flip ? FlipWord : null, Shift > 0 ? string.Create(CultureInfo.InvariantCulture, $"{ShiftWord}:{Shift}") : null]).OfType<string>());

    private IEnumerable<Tensor> Moved(Tensor images, Preprocessing preprocessing)
    {
        yield return images;
        if (Shift == 0)
        {
            yield break;
        }

        var black = TensorData.Of<float>(Enumerable.Range(0, preprocessing.Channels).Select(preprocessing.Offset).ToArray(), 1, preprocessing.Channels, 1, 1).ToTensor().to(images.device);
        foreach (var (dimension, forward) in ((int, bool)[])[(2, false), (2, true), (3, false), (3, true)])
        {
            yield return Move(images, black, dimension, forward);
        }
    }

    private Tensor Move(Tensor images, Tensor black, int dimension, bool forward)
    {
        var shape = images.shape;
        var kept = shape[dimension] - Shift;
        shape[dimension] = Shift;
        var edge = black.expand(shape[0], shape[1], shape[2], shape[3]);
        return forward ? cat([edge, images.narrow(dimension, 0, kept)], dimension) : cat([images.narrow(dimension, Shift, kept), edge], dimension);
    }
}
