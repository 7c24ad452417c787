using System.Xml.Linq;
using Toolchain.Train.Evaluation;
using static Toolchain.Train.Reports.Markup;
using static Toolchain.Train.Reports.ReportPage;

namespace Toolchain.Train.Reports;

/// <summary>The confusion matrix as a heat map that is a table, and the pairs that are confused most.</summary>
internal static class ConfusionSection
{
    private const int LargestMatrix = 40;
    private const int ManyClasses = 12;
    private const int Pairs = 10;
    private const int Shades = 10;

    /// <summary>The section.</summary>
    public static XElement Of(ConfusionMatrix matrix, IReadOnlyList<string> names) => Section(
        "confusion",
        "What is taken for what",
        matrix.Classes > LargestMatrix
            ? Missing($"{matrix.Classes} classes are too many for a matrix that can be read; below are the pairs that are confused most.")
            : Tag("p.note", "A row per true class, a column per predicted one; counts of test images. The stronger the colour, the larger the share of its row: what is right in one colour, what is wrong in the other."),
        Tag("div.columns", matrix.Classes > LargestMatrix ? null : Matrix(matrix, names), Worst(matrix, names)));

    private static XElement Matrix(ConfusionMatrix matrix, IReadOnlyList<string> names)
    {
        var classes = Enumerable.Range(0, matrix.Classes).ToArray();
        return Tag("div.scroll", Table(
            $".matrix{(matrix.Classes > ManyClasses ? ".many" : "")}",
            [Tag("th"), .. classes.Select(c => Tag("th", Attr("scope", "col"), Attr("title", names[c]), Tag("span", names[c])))],
            classes.Select(truth => Tag(
                "tr",
                Tag("th", Attr("scope", "row"), Attr("title", names[truth]), names[truth]),
                classes.Select(predicted => Cell(matrix, names, truth, predicted)))))
            .With(Attr("data-tips", matrix.Classes), Attr("tabindex", "0"), Attr("aria-label", "Confusion matrix; the arrow keys show the cells")));
    }

    private static XElement Cell(ConfusionMatrix matrix, IReadOnlyList<string> names, int truth, int predicted)
    {
        var (count, all) = (matrix[truth, predicted], Sum(matrix.Row(truth)));
        var share = all == 0 ? 0 : (double)count / all;

        // Errors are small shares; the cube root keeps them apart.
        var level = count == 0 ? 0 : Math.Max(1, (int)Math.Round(Shades * (truth == predicted ? share : Math.Cbrt(share))));
        return Tag(
            $"td{(count == 0 ? ".none" : $".h{level}")}{(truth == predicted ? ".right" : "")}",
            Attr("data-tip", $"{OneLine(names[truth])}\ntaken for\t{OneLine(names[predicted])}\nimages\t{Figures.Count(count)} of {Figures.Count(all)}\nshare\t{Figures.Percent(all == 0 ? null : share)}"),
            Figures.Count(count));
    }

    private static XElement Worst(ConfusionMatrix matrix, IReadOnlyList<string> names)
    {
        var pairs = Enumerable.Range(0, matrix.Classes)
            .SelectMany(truth => Enumerable.Range(0, matrix.Classes).Where(p => p != truth).Select(p => (Truth: truth, Predicted: p, Count: matrix[truth, p])))
            .Where(static p => p.Count > 0).OrderByDescending(static p => p.Count).ThenBy(static p => p.Truth).Take(Pairs).ToArray();
        return Tag("div", pairs.Length == 0 ? Tag("p.note", "No class was taken for another.") : Table(
            ".pairs",
            [Tag("th", Attr("scope", "col"), "class"), Tag("th", Attr("scope", "col"), "taken for"), Tag("th.n", Attr("scope", "col"), "images"), Tag("th.n", Attr("scope", "col"), "of the class")],
            pairs.Select(p => Tag(
                "tr",
                Tag("th", Attr("scope", "row"), names[p.Truth]),
                Tag("td", names[p.Predicted]),
                Tag("td.n", Figures.Count(p.Count)),
                Tag("td.n", Figures.Percent((double)p.Count / Sum(matrix.Row(p.Truth))))))));
    }

    private static XElement With(this XElement element, params XAttribute[] attributes)
    {
        element.Add(attributes.Cast<object>().ToArray());
        return element;
    }

    // A note's rows are divided by line breaks, and its columns by tabs.
    private static string OneLine(string name) => name.ReplaceLineEndings(" ").Replace('\t', ' ');

    private static long Sum(ReadOnlySpan<long> counts)
    {
        var sum = 0L;
        foreach (var count in counts)
        {
            sum += count;
        }

        return sum;
    }
}
