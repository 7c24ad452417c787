using System.Globalization;

namespace Toolchain.Data;

/// <summary>Numbers as text files write them.</summary>
internal static class Numbers
{
    /// <summary>Reads a finite number with a decimal point, rounded to float32.</summary>
    public static bool TryRead(string text, out float number) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && float.IsFinite(number);
}
