using System.Buffers;

namespace Toolchain.Data;

/// <summary>A file's bytes in memory that goes back to a pool when this is disposed: decoding many files would otherwise be work for the collector.</summary>
internal sealed class RentedFile : IDisposable
{
    private readonly byte[] _memory;
    private readonly int _length;

    private RentedFile(byte[] memory, int length) => (_memory, _length) = (memory, length);

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _memory.AsSpan(0, _length);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="ToolchainException">It is empty or larger than images may be (<see cref="ErrorKind.BadInput"/>).</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static RentedFile Read(string path)
    {
        // A pipe has no length; opening one would wait for a writer that never comes.
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw new ToolchainException(ErrorKind.BadInput, "it is empty (0 bytes)");

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        if (length > ImageLimits.Default.MaxBytes)
            throw new ToolchainException(ErrorKind.BadInput, $"it has {length} bytes; the limit is {ImageLimits.Default.MaxBytes}");
        var memory = ArrayPool<byte>.Shared.Rent((int)length);
        var found = 0;
        try
        {
            for (int read; found < length && (read = RandomAccess.Read(file, memory.AsSpan(found, (int)length - found), found)) > 0;)
                found += read;
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(memory);
            throw;
        }

        return new(memory, found);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_memory);
}
