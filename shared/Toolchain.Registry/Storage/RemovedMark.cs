using System.Globalization;
using System.Text;

namespace Toolchain.Registry;

/// <summary>The highest version number that was removed from a model, so that it is never given to another version.</summary>
internal static class RemovedMark
{
    /// <summary>The number, or 0 when none was removed.</summary>
    public static int Read(string modelFolder)
    {
        var path = Path.Combine(modelFolder, Layout.Removed);
        return File.Exists(path) && int.TryParse(File.ReadAllText(path), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var mark) ? mark : 0;
    }

    /// <summary>Raises the number to <paramref name="version"/>. The caller holds the model's lock.</summary>
    public static void Raise(string modelFolder, int version)
        => Durable.Replace(Path.Combine(modelFolder, Layout.Removed), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Math.Max(version, Read(modelFolder))}\n")));
}
