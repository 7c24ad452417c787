using System.Globalization;

namespace Toolchain.Bench.Serving;

/// <summary>Prints figures, one a line: what it is, the figure, what it should be, and what it was computed from.</summary>
internal static class Figures
{
    /// <summary>A figure without a unit, or with one.</summary>
    public static void Print(string what, double value, string goal, string from, string unit = "") =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-66} {Short(value) + unit,12}  {goal,-10} {from}"));

    /// <summary>Three digits that count.</summary>
    public static string Short(double value) => Math.Abs(value) >= 100 ? value.ToString("F0", CultureInfo.InvariantCulture) : value.ToString("G3", CultureInfo.InvariantCulture);
}
