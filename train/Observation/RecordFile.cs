using Toolchain.Train.Loop;

namespace Toolchain.Train.Observation;

/// <summary>
/// A file that grows by whole records. Each is one write, so a killed process leaves whole ones, or at worst a last one that is torn; one that the disk has no
/// room for is taken back.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="file">It, without a buffer, at its end; disposed with this.</param>
internal sealed class RecordFile(string path, FileStream file) : IDisposable
{
    /// <summary>Bytes in the file.</summary>
    public long Length => file.Length;

    /// <summary>Opens a stream that has nothing left to write, and to fail on, when it is closed after a failure: others may read meanwhile.</summary>
    public static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);

    /// <summary>Adds a record.</summary>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public void Append(byte[] record) => RunFolder.Guarded(path, () =>
    {
        var end = file.Length;
        try
        {
            file.Write(record);
        }
        catch (Exception failure) when (failure is IOException or ArgumentOutOfRangeException)
        {
            file.SetLength(end);
            file.Position = end;

            // .NET reports EFBIG, a file beyond the limit of the process or the file system, as an argument of its own method.
            throw new IOException(failure is IOException ? failure.Message : "No file may become so large here.", failure);
        }

        return true;
    });

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
