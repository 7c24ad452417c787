using System.Globalization;

namespace Toolchain.Train.Drawing;

/// <summary>How an axis grows.</summary>
public enum AxisScale
{
    /// <summary>Equal steps add.</summary>
    Linear,

    /// <summary>Equal steps multiply.</summary>
    Logarithmic,
}

/// <summary>An axis.</summary>
/// <param name="Label">What it shows, with its unit.</param>
/// <param name="Scale">How it grows; linear by default.</param>
/// <param name="From">Where it begins; null for a round number below the data.</param>
/// <param name="To">Where it ends; null for a round number above the data.</param>
public sealed record ChartAxis(string Label, AxisScale Scale = AxisScale.Linear, double? From = null, double? To = null)
{
    private const int Steps = 5;

    /// <summary>Whether a value has a place on the axis.</summary>
    internal bool Admits(double value) => double.IsFinite(value) && (Scale == AxisScale.Linear || value > 0);

    /// <summary>The axis with both ends set, around some values.</summary>
    internal ChartAxis Around(IEnumerable<double> values)
    {
        var (lowest, highest) = values.Where(Admits).Aggregate((double.PositiveInfinity, double.NegativeInfinity), static (range, v) => (Math.Min(range.Item1, v), Math.Max(range.Item2, v)));
        (lowest, highest) = lowest > highest ? (Scale == AxisScale.Linear ? (0, 1) : (1, 10)) : (lowest, highest);
        if (Scale == AxisScale.Logarithmic)
        {
            var (from, to) = (From ?? lowest, To ?? highest);
            return this with { From = from, To = to > from ? to : from * 10 };
        }

        var step = Step(From ?? lowest, To ?? highest);
        var (begin, end) = (From ?? Math.Floor(lowest / step) * step, To ?? Math.Ceiling(highest / step) * step);
        return this with { From = begin, To = end > begin ? end : begin + step };
    }

    /// <summary>Where a value lies between the two ends, which are set: 0 at the beginning, 1 at the end.</summary>
    internal double Share(double value) => Scale switch
    {
        AxisScale.Linear => (value - From!.Value) / (To!.Value - From.Value),
        AxisScale.Logarithmic => Math.Log(value / From!.Value) / Math.Log(To!.Value / From.Value),
        _ => throw new InvalidOperationException($"Unknown scale {Scale}."),
    };

    /// <summary>The values that get a line and a number.</summary>
    internal IEnumerable<double> Ticks()
    {
        var (from, to) = (From!.Value, To!.Value);
        var decades = Math.Log10(to / from);
        if (Scale == AxisScale.Logarithmic && decades >= 1)
        {
            var stride = (int)Math.Ceiling(decades / 10);
            return Enumerable.Range((int)Math.Ceiling(Math.Log10(from) - 1e-9), (int)decades + 2).Where(e => e % stride == 0).Select(static e => Math.Pow(10, e)).Where(v => v <= to * (1 + 1e-9));
        }

        var step = Step(from, to);
        var first = (long)Math.Ceiling((from / step) - 1e-9);
        var last = (long)Math.Floor((to / step) + 1e-9);
        return Enumerable.Range(0, (int)(last - first + 1)).Select(i => (first + i) * step);
    }

    /// <summary>A tick's number: <c>0.25</c>, <c>1e-5</c>.</summary>
    internal static string Text(double value) => Math.Abs(value) is (< 1e-3 or >= 1e5) and not 0
        ? value.ToString("0.###e+0", CultureInfo.InvariantCulture).Replace("e+", "e", StringComparison.Ordinal)
        : Math.Round(value, 10).ToString("0.######", CultureInfo.InvariantCulture);

    // 1, 2 or 5 times a power of ten, for about as many ticks as a person likes to read.
    private static double Step(double from, double to)
    {
        var rough = to > from ? (to - from) / Steps : Math.Max(Math.Abs(to), 1) / Steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
    }
}
