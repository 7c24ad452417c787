using System.Text;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Inside;

namespace Toolchain.Train.Tensorboard;

/// <summary>Some samples and what the network takes them for: a sheet of pictures, and a table that names them.</summary>
/// <param name="samples">At least one.</param>
/// <param name="labels">The names of the classes.</param>
internal sealed class PredictionSheet(IReadOnlyList<PredictedSample> samples, IReadOnlyList<string> labels)
{
    private const int Columns = 4;
    private const int Frame = 3;
    private const int SmallestSide = 64;
    private static readonly byte[] Right = [34, 160, 80];
    private static readonly byte[] Wrong = [214, 48, 49];

    /// <summary>What the sheet shows, for people.</summary>
    public const string Description = "Some validation samples, row by row: framed in green where the prediction is right, in red where it is wrong. The text 'predictions/table' names their classes.";

    /// <summary>The pictures.</summary>
    public Picture Draw() => ContactSheet.Of([.. samples.Select(Framed)], Columns);

    /// <summary>The table, in Markdown.</summary>
    public string Table()
    {
        var text = new StringBuilder("| | class | prediction | probability |\n|---|---|---|---|\n");
        foreach (var (i, sample) in samples.Index())
        {
            text.Append(FormattableString.Invariant($"| {i + 1} | {Escaped(labels[sample.Label])} | {Escaped(labels[sample.Predicted])} | {sample.Probability:p1} |\n"));
        }

        return text.ToString();
    }

    private static string Escaped(string label) => label.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    private Picture Framed(PredictedSample sample)
    {
        var (height, width, channels) = sample.Size;
        var enlarged = Picture.Of(sample.Pixels.Span, height, width, channels).Enlarged(Math.Max(1, (SmallestSide + width - 1) / width));
        var framed = new Picture(enlarged.Height + (2 * Frame), enlarged.Width + (2 * Frame));
        var colour = sample.Label == sample.Predicted ? Right : Wrong;
        for (var i = 0; i < framed.Pixels.Length; i++)
        {
            framed.Pixels[i] = colour[i % colour.Length];
        }

        framed.Place(enlarged, Frame, Frame);
        return framed;
    }
}
