using System.Globalization;
using System.Text;

namespace Toolchain.Serve.Models;

/// <summary>
/// What a registry looks like from outside: names, sizes and times, and what aliases say. Two equal stamps mean that nothing was published, removed or pointed
/// elsewhere in between; reading manifests would cost far more, and this is done again and again.
/// </summary>
internal static class RegistryStamp
{
    private const string AliasFile = "aliases.json";

    /// <summary>The stamp of a registry; whatever cannot be read is left out.</summary>
    public static string Of(string root)
    {
        var stamp = new StringBuilder();
        foreach (var model in Folders(root))
        {
            stamp.Append(model.FullName).Append('\n').Append(Aliases(model.FullName)).Append('\n');
            foreach (var version in Folders(model.FullName))
            {
                stamp.Append(version.FullName).Append('\n');
                AppendFiles(stamp, version);
            }
        }

        return stamp.ToString();
    }

    /// <summary>The stamp of one version.</summary>
    /// <param name="folder">Its folder.</param>
    public static string OfVersion(string folder)
    {
        var stamp = new StringBuilder();
        AppendFiles(stamp, new(folder));
        return stamp.ToString();
    }

    private static List<DirectoryInfo> Folders(string parent) =>
        Attempt(() => new DirectoryInfo(parent).GetDirectories().Where(static d => !IsHidden(d)).OrderBy(static d => d.Name, StringComparer.Ordinal).ToList()) ?? [];

    private static void AppendFiles(StringBuilder stamp, DirectoryInfo folder)
    {
        foreach (var file in Attempt(() => folder.GetFiles().Where(static f => !IsHidden(f)).OrderBy(static f => f.Name, StringComparer.Ordinal).ToList()) ?? [])
        {
            stamp.Append(CultureInfo.InvariantCulture, $"{file.Name} {Attempt(() => $"{file.Length} {file.LastWriteTimeUtc.Ticks}")}\n");
        }
    }

    // An alias may be set twice within the resolution of file times, and set back to what it was.
    private static string? Aliases(string model)
    {
        var file = Path.Combine(model, AliasFile);
        return Attempt(() => string.Create(CultureInfo.InvariantCulture, $"{File.GetLastWriteTimeUtc(file).Ticks} {File.ReadAllText(file)}"));
    }

    private static bool IsHidden(FileSystemInfo entry) => entry.Name.StartsWith('.');

    private static T? Attempt<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
