using System.Xml.Linq;
using Toolchain.Train.Drawing;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Drawing;

public sealed class LineChartTests
{
    [Fact]
    public void Curves_over_a_logarithmic_axis_are_drawn_as_before()
    {
        var rates = Enumerable.Range(0, 41).Select(static i => Math.Pow(10, -7 + (i / 5.0))).ToArray();
        Golden.Matches("chart-curves.svg", Parsed(new(
            "Loss & <rate>",
            new("learning rate", AxisScale.Logarithmic),
            new("loss"),
            [
                new ChartLine("batch", [.. rates.Select(static r => new ChartPoint(r, 2.3 + (0.2 * Math.Sin(1e3 * r))))], Dashed: true),
                new ChartLine("smoothed", [.. rates.Select(static r => new ChartPoint(r, 2.3 - (1.5 / (1 + (1e-3 / r))) + (r * r)))]),
                new ChartMarkers("steepest", [new(1e-3, 1.55, "0.001"), new(10, 90, "near the \"edge\"")]),
            ])));
    }

    [Fact]
    public void A_reliability_diagram_is_drawn_as_before() => Golden.Matches("chart-bars.svg", Parsed(new(
        "Reliability",
        new("confidence", From: 0, To: 1),
        new("accuracy", From: 0, To: 1),
        [
            new ChartBars("observed", [.. Enumerable.Range(0, 10).Select(static i => new ChartPoint(0.05 + (0.1 * i), 0.9 * (0.05 + (0.1 * i))))], 0.1),
            new ChartLine("perfect", [new(0, 0), new(1, 1)], Dashed: true),
        ])));

    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(0.93, 0.97, "0.93 0.94 0.95 0.96 0.97")]
    [InlineData(0, 60000, "0 20000 40000 60000")]
    [InlineData(-3, 4, "-4 -2 0 2 4")]
    [InlineData(2, 2, "2 2.1 2.2 2.3 2.4 2.5")]
    public void Linear_ticks_are_round_numbers(double lowest, double highest, string ticks) =>
        Assert.Equal(ticks, string.Join(' ', new ChartAxis("").Around([lowest, highest]).Ticks().Select(ChartAxis.Text)));

    [Theory]
    [InlineData(1e-7, 10, "1e-7 1e-6 1e-5 1e-4 0.001 0.01 0.1 1 10")]
    [InlineData(1e-5, 1e-4, "1e-5 1e-4")]
    [InlineData(1, 1e20, "1 100 10000 1e6 1e8 1e10 1e12 1e14 1e16 1e18 1e20")]
    [InlineData(2, 8, "2 4 6 8")]
    public void Logarithmic_ticks_are_powers_of_ten_where_there_are_some(double lowest, double highest, string ticks) =>
        Assert.Equal(ticks, string.Join(' ', new ChartAxis("", AxisScale.Logarithmic).Around([lowest, highest]).Ticks().Select(ChartAxis.Text)));

    [Fact]
    public void What_has_no_place_is_left_out_and_interrupts_the_line()
    {
        var svg = Parsed(new("t", new("x", AxisScale.Logarithmic), new("y"), [new ChartLine("", [new(0, 1), new(1, 1), new(10, double.NaN), new(100, 2), new(1000, 3)])]));
        Assert.Matches("^M68 [0-9.]+M[0-9.]+ [0-9.]+L696 [0-9.]+$", Path(svg));
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);

        static string Path(string svg) => (string)XDocument.Parse(svg).Descendants().Single(static e => e.Name.LocalName == "path").Attribute("d")!;
    }

    [Fact]
    public void A_chart_of_nothing_has_axes()
    {
        var svg = Parsed(new("nothing\u0000", new("x"), new("y", AxisScale.Logarithmic), []));
        Assert.Contains(">0.2</text>", svg, StringComparison.Ordinal);
        Assert.Contains("<title>nothing</title>", svg, StringComparison.Ordinal);
    }

    private static string Parsed(LineChart chart)
    {
        var svg = chart.ToSvg();
        Assert.Equal("svg", XDocument.Parse(svg).Root!.Name.LocalName);
        return svg;
    }
}
