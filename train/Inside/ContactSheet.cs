namespace Toolchain.Train.Inside;

/// <summary>Pictures in rows and columns on white, with gaps between and around them.</summary>
internal static class ContactSheet
{
    /// <summary>The gap, in pixels.</summary>
    public const int Gap = 4;

    /// <summary>Lays pictures out row by row; every cell is as large as the largest picture.</summary>
    /// <param name="pictures">At least one.</param>
    /// <param name="columns">Pictures in a row; by default about as many as there are rows.</param>
    public static Picture Of(IReadOnlyList<Picture> pictures, int? columns = null)
    {
        var across = Math.Min(columns ?? (int)Math.Ceiling(Math.Sqrt(pictures.Count)), pictures.Count);
        var down = (pictures.Count + across - 1) / across;
        var (height, width) = (pictures.Max(static p => p.Height) + Gap, pictures.Max(static p => p.Width) + Gap);
        var sheet = new Picture((down * height) + Gap, (across * width) + Gap);
        Array.Fill(sheet.Pixels, byte.MaxValue);
        for (var i = 0; i < pictures.Count; i++)
        {
            sheet.Place(pictures[i], (i / across * height) + Gap, (i % across * width) + Gap);
        }

        return sheet;
    }
}
