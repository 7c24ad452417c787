namespace Toolchain.Data;

/// <summary>The images that a CSV file names.</summary>
internal static class CsvImages
{
    /// <summary>The path of each row, relative to the file's folder, which it may not leave, by a link neither.</summary>
    public static IReadOnlyList<SamplePath> Paths(CsvTable table, int column)
    {
        var folder = Path.GetFullPath(Path.GetDirectoryName(Path.GetFullPath(table.Path))!);
        var real = RealPath.Of(folder) ?? folder;
        return [.. table.Rows.Select((row, number) => At(folder, real, row[column], table.Lines[number]))];
    }

    private static SamplePath At(string folder, string realFolder, string written, long line)
    {
        if (written.Length == 0)
            return new(folder, written, $"line {line} names no image");
        if (written.Contains('\0', StringComparison.Ordinal))
            return new(folder, written, $"line {line} names no file");
        var path = Path.GetFullPath(Path.Combine(folder, written));
        if (Path.IsPathRooted(written) || !RealPath.IsWithin(path, folder))
            return new(written, written, $"line {line} names an image outside of {folder}; paths are relative to that folder");
        if (Directory.Exists(path))
            return new(path, written, $"line {line} names a folder");
        return RealPath.Of(path) is { } real
            ? new(path, written, RealPath.IsWithin(real, realFolder) ? null : $"line {line}: the link leads out of {folder}; put a copy there instead")
            : new(path, written, $"line {line}: there is no such file");
    }
}
