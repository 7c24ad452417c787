namespace Toolchain.Data;

/// <summary>
/// Shows values of computed tomography as grey levels: Hounsfield units, in which air is −1000 and water 0, are clamped to −1000..1000 (Stevens, Antiga and
/// Viehmann, «Deep Learning with PyTorch», chapter 10) and spread evenly over 0..255. Values of one unsigned byte are grey levels already.
/// </summary>
internal static class HounsfieldWindow
{
    public const double Lowest = -1000, Highest = 1000;

    /// <summary>Writes the grey level of every value; what is not a number is as dark as air.</summary>
    public static void Apply(MetaImageHeader header, ReadOnlySpan<byte> values, Span<byte> pixels)
    {
        var element = header.Element;
        if (element.IsPicture)
        {
            values.CopyTo(pixels);
            return;
        }

        var read = header.BigEndian ? element.ReadBig : element.ReadLittle;
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = Level(read(values.Slice(i * element.Bytes, element.Bytes)));
    }

    private static byte Level(double units) =>
        double.IsNaN(units) ? (byte)0 : (byte)Math.Round((Math.Clamp(units, Lowest, Highest) - Lowest) * byte.MaxValue / (Highest - Lowest), MidpointRounding.AwayFromZero);
}
