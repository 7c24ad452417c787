namespace Toolchain.Data;

/// <summary>What can be wrong with one file of a data set.</summary>
internal static class FileFaults
{
    /// <summary>Whether an exception says that a file cannot be read.</summary>
    public static bool IsUnreadable(Exception failure) => failure is IOException or UnauthorizedAccessException;

    /// <summary>Does something with a file.</summary>
    /// <returns>What is wrong with the file, without its path; null when all went well.</returns>
    public static string? Try(Action use)
    {
        try
        {
            use();
            return null;
        }
        catch (ToolchainException e) when (e.Kind == ErrorKind.BadInput)
        {
            return e.Message;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return Unreadable(e);
        }
    }

    /// <summary>Decodes a file.</summary>
    /// <returns>How it is damaged, without its path; null when it is not.</returns>
    /// <exception cref="ToolchainException">It cannot be read, which may pass; the message has the path (<see cref="ErrorKind.BadInput"/>).</exception>
    public static string? Damage(string path, Action decode)
    {
        try
        {
            decode();
            return null;
        }
        catch (ToolchainException e) when (e.Kind == ErrorKind.BadInput)
        {
            return e.Message;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"{path}: {Unreadable(e)}", e);
        }
    }

    private static string Unreadable(Exception failure) => $"it cannot be read: {failure.Message}";
}
