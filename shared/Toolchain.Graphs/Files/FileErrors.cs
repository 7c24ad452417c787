namespace Toolchain.Graphs.Files;

/// <summary>What the file system's errors mean to a person.</summary>
internal static class FileErrors
{
    // So much of a path that is too long is shown.
    private const int ShownPath = 100;

    /// <summary>The error to throw instead, or null when <paramref name="exception"/> is not about files.</summary>
    internal static ToolchainException? Describe(Exception exception, string verb, string path) => exception switch
    {
        FileNotFoundException => new(ErrorKind.NotFound, $"Cannot {verb} '{path}': there is no such file.", exception),
        DirectoryNotFoundException => new(ErrorKind.NotFound, $"Cannot {verb} '{path}': its folder does not exist.", exception),
        PathTooLongException => new(ErrorKind.BadInput, $"Cannot {verb} '{path[..Math.Min(path.Length, ShownPath)]}…': the path is longer than the file system takes.", exception),
        UnauthorizedAccessException when Directory.Exists(path) => new(ErrorKind.BadInput, $"Cannot {verb} '{path}': it is a folder, not a file.", exception),
        // This is how .NET reports EFBIG: a file beyond a limit of the file system or the user.
        ArgumentOutOfRangeException { ParamName: "value" } => new(ErrorKind.Unavailable, $"Cannot {verb} '{path}': the file would be larger than is allowed here.", exception),
        UnauthorizedAccessException or IOException => new(ErrorKind.Unavailable, $"Cannot {verb} '{path}': {exception.Message}", exception),
        _ => null,
    };
}
