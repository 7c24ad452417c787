namespace Toolchain.Registry;

/// <summary>
/// An exclusive lock between processes, held while the returned stream is open. The system releases it when its holder ends,
/// however it ends. Lock files are never deleted while others may wait for them.
/// </summary>
public static class FileLock
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    // flock(2) reports a held lock as EWOULDBLOCK (11 on Linux, 35 on macOS); Windows as a sharing violation.
    private const int WouldBlock = 11, WouldBlockMac = 35, SharingViolation = unchecked((int)0x80070020);

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="ToolchainException">Somebody else held it for the whole time (<see cref="ErrorKind.Unavailable"/>).</exception>
    /// <exception cref="DirectoryNotFoundException">The folder is gone.</exception>
    internal static FileStream Take(string path, TimeSpan patience)
    {
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            if (TryTake(path, FileMode.OpenOrCreate, FileAccess.ReadWrite) is { } held)
            {
                return held;
            }

            if (Environment.TickCount64 >= deadline)
            {
                throw new ToolchainException(ErrorKind.Unavailable, $"Waited {patience.TotalSeconds:0} s for '{path}', which another process holds. Wait for that process, or end it.");
            }

            Thread.Sleep(Poll);
        }
    }

    /// <summary>The lock, or null when somebody holds it.</summary>
    /// <param name="path">The file, which holds nothing.</param>
    /// <param name="mode">Whether it may, or must, be made.</param>
    /// <param name="access">Reading is enough where the folder may not be written.</param>
    /// <returns>Disposing it releases the lock.</returns>
    public static FileStream? TryTake(string path, FileMode mode, FileAccess access)
    {
        try
        {
            return new FileStream(path, mode, access, FileShare.None, bufferSize: 1);
        }
        catch (IOException fault) when (fault.HResult is WouldBlock or WouldBlockMac or SharingViolation)
        {
            return null;
        }
    }
}
