namespace Toolchain.Graphs.Drawing;

/// <summary>The drawing's sizes, in pixels.</summary>
internal static class Metrics
{
    public const double BoxHeight = 40;
    public const double TextSize = 12;
    public const double SmallTextSize = 10.5;
    public const double Padding = 9;

    /// <summary>The width that an edge takes up where it passes a row.</summary>
    public const double LaneWidth = 6;

    /// <summary>Between neighbours in a row.</summary>
    public const double Gap = 26;

    /// <summary>Between rows, where edges run straight.</summary>
    public const double RowGap = 20;

    /// <summary>Around the drawing.</summary>
    public const double Margin = 28;

    private const double WidestBox = 340;
    private const double NarrowestBox = 170;
    private const double Between = 18;

    /// <summary>The width that a label needs, within limits.</summary>
    public static double BoxWidth(BoxLabel label) => Math.Clamp(
        Math.Ceiling(Math.Max(
            TextWidth(label.Name, TextSize, bold: true) + (label.Operator.Length == 0 ? 0 : Between + TextWidth(label.Operator, SmallTextSize)),
            TextWidth(label.Output, SmallTextSize) + (label.Parameters.Length == 0 ? 0 : Between + TextWidth(label.Parameters, SmallTextSize))) + (2 * Padding)),
        NarrowestBox,
        WidestBox);

    /// <summary>About how wide a text is in a sans-serif font.</summary>
    public static double TextWidth(string text, double size, bool bold = false) => text.Sum(Share) * size * (bold ? 1.18 : 1);

    /// <summary>The text, or as much of it as fits.</summary>
    public static string Fit(string text, double width, double size, bool bold = false)
    {
        if (TextWidth(text, size, bold) <= width)
        {
            return text;
        }

        // The end of a layer's name says more than its beginning.
        var start = 1;
        while (start < text.Length && TextWidth(text[start..], size, bold) + size > width)
        {
            start++;
        }

        return $"…{text[start..]}";
    }

    private static double Share(char c) => c switch
    {
        'i' or 'j' or 'l' or '.' or ',' or ':' or '\'' or '|' => 0.3,
        ' ' or 'f' or 't' or 'r' or 'I' or '(' or ')' or '[' or ']' or '/' => 0.37,
        'm' or 'w' or 'M' or 'W' => 0.9,
        >= 'A' and <= 'Z' => 0.69,
        < (char)128 => 0.58,
        '×' or '·' => 0.6,
        _ => 1,
    };
}
