using Toolchain.Train.Commands;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Tests.Loop;

public sealed class LearningRateReportTests
{
    [Fact]
    public void The_steepest_descent_of_a_smooth_curve_is_its_inflection()
    {
        // A logistic fall around 1e-3, and a rise from 1 on.
        var report = Report(static e => 2.3 - (1.5 / (1 + Math.Pow(10, -2 * (e + 3)))) + Math.Pow(10, 3 * (e - 1)));
        Assert.Equal(-3, Math.Log10(Assert.NotNull(report.Steepest).LearningRate), 0.1);
        Assert.Equal(report.Points.Min(static p => p.Smoothed), report.Lowest.Smoothed);
        Assert.Equal(report.Lowest.LearningRate / 10, report.TenthOfLowest);
    }

    [Fact]
    public void A_fall_after_the_lowest_point_does_not_count()
    {
        var report = Report(static e => e < -2 ? 2 - (0.1 * (e + 7)) : e < -1 ? 9 : 3);
        Assert.InRange(Math.Log10(Assert.NotNull(report.Steepest).LearningRate), -7, -2);
    }

    [Fact]
    public void A_loss_that_never_falls_has_no_steepest_descent()
    {
        Assert.Null(Report(static e => 2 + e).Steepest);
        Assert.Null(Report(static _ => 2).Steepest);
        Assert.Null(new LearningRateReport([new(0.1, 2, 2)], true).Steepest);
    }

    [Fact]
    public void A_loss_that_explodes_does_not_press_the_rest_of_the_drawing_flat()
    {
        var report = Report(static e => e < 0 ? 2.3 - (1.5 / (1 + Math.Pow(10, -2 * (e + 3)))) : 1000 * (1 + e));
        var drawing = FindLrCommand.Chart("rates", report).ToSvg();
        Assert.Contains(">3</text>", drawing, StringComparison.Ordinal);
        Assert.DoesNotContain("000</text>", drawing, StringComparison.Ordinal);
    }

    private static LearningRateReport Report(Func<double, double> lossOfExponent) => new(
        [.. Enumerable.Range(0, 100).Select(static i => -7 + (i * 8 / 99.0)).Select(e => new LearningRatePoint(Math.Pow(10, e), lossOfExponent(e), lossOfExponent(e)))], false);
}
