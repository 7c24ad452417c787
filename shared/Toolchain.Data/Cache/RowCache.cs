using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Toolchain.Data;

/// <summary>
/// Decoded samples on disk, one file per content and preprocessing: its name is made from the SHA-256 of every source file, the shape, and the version of
/// the decoder. A file is written under another name, flushed, and renamed, so it is whole or not there; a lock, which the system releases when its holder
/// ends, lets one process write it while others wait. Any file here may be deleted at any time.
/// </summary>
internal static class RowCache
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>The samples of some files, decoded now unless that was done before.</summary>
    /// <param name="folder">Where cache files are; made when needed.</param>
    /// <param name="format">How files are decoded.</param>
    /// <param name="files">The files, whose samples follow each other.</param>
    /// <param name="shape">The shape to decode to.</param>
    /// <param name="options">Whom to tell, and when to end.</param>
    /// <exception cref="ToolchainException">The folder cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static CachedRows Open(string folder, SampleFormat format, SampleFile[] files, PixelShape shape, DatasetOptions options)
    {
        var layout = new RowCacheLayout(files.Aggregate(0, (sum, file) => checked(sum + file.Rows)), shape.Length);
        var path = Path.Combine(folder, $"{Key(format, files, shape)}.rows");
        try
        {
            Directory.CreateDirectory(folder);
            if (CachedRows.TryOpen(path, layout) is { } rows)
                return rows;
            using var held = Lock($"{path}.lock", options);

            // Whoever held the lock may have made it.
            if (CachedRows.TryOpen(path, layout) is { } made)
                return made;
            Write(path, layout, format, files, shape, options);
            return CachedRows.TryOpen(path, layout) ?? throw new IOException($"'{path}' is not what was written to it");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(
                ErrorKind.Unavailable,
                $"The decoded images cannot be kept in '{folder}': {failure.Message.TrimEnd('.')}. They take {layout.End} bytes; make room, name another folder with --cache DIR, or decode them whenever they are read with --cache off.",
                failure);
        }
    }

    private static string Key(SampleFormat format, SampleFile[] files, PixelShape shape)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{format.Rule}\n{shape}\n"));
        foreach (var file in files)
            hash.AppendData(file.Digest);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    private static FileStream Lock(string path, DatasetOptions options)
    {
        var told = false;
        while (true)
        {
            if (TryLock(path) is { } held)
                return held;
            if (!told)
                options.Notice?.Invoke("another process is decoding these images; waiting for it");
            told = true;
            options.Cancellation.WaitHandle.WaitOne(Poll);
            options.Cancellation.ThrowIfCancellationRequested();
        }
    }

    // Lock files are never deleted: somebody may wait for one.
    private static FileStream? TryLock(string path)
    {
        // flock(2) reports a held lock as EWOULDBLOCK (11 on Linux, 35 on macOS); Windows as a sharing violation.
        const int WouldBlock = 11, WouldBlockMac = 35, SharingViolation = unchecked((int)0x80070020);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException fault) when (fault.HResult is WouldBlock or WouldBlockMac or SharingViolation)
        {
            return null;
        }
    }

    private static void Write(string path, RowCacheLayout layout, SampleFormat format, SampleFile[] files, PixelShape shape, DatasetOptions options)
    {
        options.Notice?.Invoke($"decoding {layout.Count} images of {shape.Channels}x{shape.Height}x{shape.Width} into {path}");
        var started = Stopwatch.GetTimestamp();

        // Only the holder of the lock writes it, so what lies there was left behind by one that was killed.
        var temporary = $"{path}.tmp";
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, preallocationSize: layout.End))
            {
                var (checksums, faults) = WriteRows(file, layout, format, files, shape, options.Cancellation);
                RowCacheFile.WriteFrame(file, layout, checksums, faults);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        options.Notice?.Invoke(FormattableString.Invariant($"decoded in {Stopwatch.GetElapsedTime(started).TotalSeconds:f1} s"));
    }

    private static (uint[] Checksums, ConcurrentDictionary<int, string> Faults) WriteRows(
        SafeFileHandle target, RowCacheLayout layout, SampleFormat format, SampleFile[] files, PixelShape shape, CancellationToken cancellation)
    {
        var (first, checksums, faults) = (new int[files.Length], new uint[layout.Count], new ConcurrentDictionary<int, string>());
        for (var i = 1; i < files.Length; i++)
            first[i] = first[i - 1] + files[i - 1].Rows;

        InParallel.For(files.Length, number =>
        {
            var pixels = ArrayPool<byte>.Shared.Rent(layout.Length);
            try
            {
                using var reader = format.Open(files[number], shape);
                for (var row = 0; row < files[number].Rows; row++)
                {
                    var own = pixels.AsSpan(0, layout.Length);
                    if (FileFaults.Damage(files[number].Path, () => reader.Read(row, pixels.AsSpan(0, layout.Length))) is { } fault)
                    {
                        faults[number] = fault;
                        break;
                    }

                    checksums[first[number] + row] = CachedRows.Checksum(own);
                    WriteAt(target, own, RowCacheLayout.Start + ((long)(first[number] + row) * layout.Length));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(pixels);
            }
        }, cancellation);
        return (checksums, faults);
    }

    private static void WriteAt(SafeFileHandle target, ReadOnlySpan<byte> bytes, long at)
    {
        try
        {
            RandomAccess.Write(target, bytes, at);
        }
        catch (ArgumentOutOfRangeException tooLarge)
        {
            // So .NET reports EFBIG.
            throw new IOException("the file is larger than the file system or a limit allows", tooLarge);
        }
    }
}
