using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Toolchain.Data;

/// <summary>
/// Remembers what was found in files, so that opening a data set again reads none of those whose size and time of change are the same, as make and git go
/// by these. A file that changed within the last seconds is not remembered: it could change again without its time telling. Safe to use from many threads
/// at once, and to delete at any time.
/// </summary>
internal sealed class FileMemo
{
    private const string Version = "files 1";
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    private readonly string _path;
    private readonly Dictionary<string, string> _remembered;
    private readonly Dictionary<string, string> _found = new(StringComparer.Ordinal);

    private FileMemo(string path, Dictionary<string, string> remembered) => (_path, _remembered) = (path, remembered);

    /// <summary>What is remembered of a data set; nothing when that cannot be read.</summary>
    /// <param name="folder">Where caches are.</param>
    /// <param name="name">The data set.</param>
    /// <param name="format">What its files are.</param>
    public static FileMemo Open(string folder, string name, SampleFormat format)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Version}\n{format.Rule}\n{Path.GetFullPath(name)}")))[..32];
        var (path, remembered) = (Path.Combine(folder, $"{key}.files"), new Dictionary<string, string>(StringComparer.Ordinal));
        try
        {
            foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
            {
                // The facts first, then the path, in which anything but a line break may stand.
                var end = line.IndexOf('\t', StringComparison.Ordinal);
                if (end > 0)
                    remembered[line[(end + 1)..]] = line[..end];
            }
        }
        catch (Exception failure) when (FileFaults.IsUnreadable(failure))
        {
            remembered.Clear();
        }

        return new(path, remembered);
    }

    /// <summary>Looks at a file, unless it is as it was when it was looked at before.</summary>
    public SampleFile Inspect(SamplePath path, SampleFormat format)
    {
        var stamp = format.StampOf(path.Path);
        if (_remembered.TryGetValue(path.Path, out var facts) && Read(facts, stamp, path) is { } known)
        {
            Note(path.Path, facts);
            return known;
        }

        var file = format.Inspect(path);
        if (DateTime.UtcNow - new DateTime(stamp.Changed, DateTimeKind.Utc) > Settled && !path.Path.Contains('\n', StringComparison.Ordinal))
            Note(path.Path, Write(file, stamp));
        return file;
    }

    /// <summary>Remembers what was found, in the place of what was remembered. When that cannot be written, the next opening only takes longer.</summary>
    public void Save()
    {
        if (_found.Count == _remembered.Count && _found.All(pair => _remembered.GetValueOrDefault(pair.Key) == pair.Value))
            return;
        var temporary = string.Create(CultureInfo.InvariantCulture, $"{_path}.{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            File.WriteAllLines(temporary, _found.Select(pair => $"{pair.Value}\t{pair.Key}"));
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception failure) when (FileFaults.IsUnreadable(failure))
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    private void Note(string path, string facts)
    {
        lock (_found)
            _found[path] = facts;
    }

    private static string Write(SampleFile file, FileStamp stamp) => string.Create(CultureInfo.InvariantCulture,
        $"{stamp.Bytes} {stamp.Changed} {file.Shape.Height} {file.Shape.Width} {file.Shape.Channels} {file.Rows} {Convert.ToHexStringLower(file.Digest)}");

    private static SampleFile? Read(string facts, FileStamp stamp, SamplePath path)
    {
        var words = facts.Split(' ');
        if (words.Length != 7 || words[6].Length != 2 * SHA256.HashSizeInBytes || !words[6].All(char.IsAsciiHexDigitLower))
            return null;
        var numbers = new long[6];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!long.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }

        var isValid = numbers[2..].All(number => number is > 0 and <= int.MaxValue) && new FileStamp(numbers[0], numbers[1]) == stamp;
        return isValid ? new(path.Path, path.Name, Convert.FromHexString(words[6]), new((int)numbers[2], (int)numbers[3], (int)numbers[4]), (int)numbers[5]) : null;
    }
}

/// <summary>By what a file is taken to be unchanged.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Changed">When it was written last, in ticks of UTC.</param>
internal readonly record struct FileStamp(long Bytes, long Changed)
{
    /// <summary>The stamp of one file.</summary>
    public static FileStamp Of(string path)
    {
        var info = new FileInfo(path);
        return info.Exists ? new(info.Length, info.LastWriteTimeUtc.Ticks) : default;
    }
}
