namespace Toolchain.Train.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Group">The entry of the legend that shows and hides it.</param>
/// <param name="Name">What the note at the pointer calls it.</param>
/// <param name="Colour">Which of the page's colours, 0..5.</param>
/// <param name="Points">x and y of each point, finite.</param>
internal sealed record Curve(string Group, string Name, int Colour, IReadOnlyList<double[]> Points)
{
    /// <summary>How many colours the page has.</summary>
    public const int Colours = 6;

    /// <summary>Whether it is drawn dashed; off by default.</summary>
    public bool Dashed { get; init; }

    /// <summary>Whether it only shows the course behind the others: thin, without values at the pointer; off by default.</summary>
    public bool Background { get; init; }
}

/// <summary>A vertical line with a word.</summary>
/// <param name="X">Where.</param>
/// <param name="Text">The word.</param>
internal sealed record CurveMark(double X, string Text);

/// <summary>Some curves in one pair of axes.</summary>
/// <param name="Id">Its name in the page.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Format">How values are written: <c>percent</c>, <c>number</c> or <c>count</c>.</param>
/// <param name="Series">The curves; those without a point are left out.</param>
internal sealed record CurveChart(string Id, string Title, string Format, IReadOnlyList<Curve> Series)
{
    private const double Wide = 30;

    /// <summary>The horizontal axis.</summary>
    public string X { get; init; } = "epoch";

    /// <summary>Whether the vertical axis begins at zero; off by default.</summary>
    public bool FromZero { get; init; }

    /// <summary>Whether its steps multiply: where values of one sign differ by more than a factor of 30, and it does not begin at zero.</summary>
    public bool Logarithmic => !FromZero && Values.Any() && Values.Min() > 0 && Values.Max() > Wide * Values.Min();

    /// <summary>Vertical lines; none by default.</summary>
    public IReadOnlyList<CurveMark> Marks { get; init; } = [];

    private IEnumerable<double> Values => Series.SelectMany(static s => s.Points).Select(static p => p[1]);
}
