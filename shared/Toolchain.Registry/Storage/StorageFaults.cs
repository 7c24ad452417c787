namespace Toolchain.Registry;

/// <summary>Turns what the file system reports into what a person can act on.</summary>
internal static class StorageFaults
{
    // errno of Linux; Windows' codes arrive as HRESULTs. .NET passes both through HResult.
    private const int NoSpace = 28, QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Runs a write to the registry.</summary>
    /// <param name="path">What is being written.</param>
    /// <param name="consequence">What a failure leaves: <c>nothing was published</c>.</param>
    /// <param name="write">The write.</param>
    /// <exception cref="ToolchainException">The disk is full or refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static T Explained<T>(string path, string consequence, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception fault) when (IsFull(fault))
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Disk full while writing '{path}'; {consequence}. Free some space (or raise the quota or file-size limit), then run it again.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write '{path}'; {consequence}. The system says: {fault.Message}", fault);
        }
    }

    // .NET reports EFBIG, a file beyond the limit of the process or the file system, as an argument of its own method.
    private static bool IsFull(Exception fault) => fault switch
    {
        IOException => fault.HResult is NoSpace or QuotaExceeded or WindowsDiskFull or WindowsHandleDiskFull,
        ArgumentOutOfRangeException => fault.TargetSite?.DeclaringType == typeof(RandomAccess),
        _ => false,
    };
}
