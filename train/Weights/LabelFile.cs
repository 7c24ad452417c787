namespace Toolchain.Train.Weights;

/// <summary>The names of classes in a text file, one per line, in the order of the logits.</summary>
internal static class LabelFile
{
    /// <summary>Reads exactly as many names as there are classes.</summary>
    /// <exception cref="ToolchainException">There is no such file (<see cref="ErrorKind.NotFound"/>), or it has another number of lines, or an empty one (<see cref="ErrorKind.BadInput"/>).</exception>
    public static IReadOnlyList<string> Read(string path, int classes)
    {
        var labels = Lines(path, classes + 1);
        if (labels.Length != classes)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"'{path}' has {(labels.Length > classes ? "more" : $"{labels.Length}")} lines, but --classes says {classes}. Each class needs one line with its name.");
        }

        return Array.FindIndex(labels, string.IsNullOrWhiteSpace) is var empty and >= 0
            ? throw new ToolchainException(ErrorKind.BadInput, $"Line {empty + 1} of '{path}' is empty; each class needs one line with its name.")
            : labels;
    }

    private static string[] Lines(string path, int most)
    {
        try
        {
            return [.. File.ReadLines(path).Take(most).Select(static line => line.Trim())];
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ToolchainException(ErrorKind.NotFound, $"Cannot read labels from '{path}': there is no such file.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot read labels from '{path}': {failure.Message}", failure);
        }
    }
}
