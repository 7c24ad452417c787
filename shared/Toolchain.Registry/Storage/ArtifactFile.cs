using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Registry;

/// <summary>One file of a version: writing it, and checking that it still is what was written.</summary>
internal static class ArtifactFile
{
    // Read at a time while hashing.
    private const int ReadBytes = 1 << 18;

    /// <summary>Lets the caller write the file, flushes it to disk and describes it.</summary>
    /// <param name="folder">A staging folder.</param>
    /// <param name="kind">What the file is for.</param>
    /// <param name="file">Its name.</param>
    /// <param name="write">Writes the file at the path it is given and says what it wrote.</param>
    /// <param name="created">The time to record.</param>
    public static ArtifactManifest Write(string folder, string kind, string file, Func<string, ArtifactDescription> write, DateTimeOffset created)
    {
        CheckName(file);
        var path = Path.Combine(folder, file);
        var description = write(path);
        return File.Exists(path)
            ? Entry(path, kind, description, created)
            : throw new InvalidOperationException($"The writer of artifact '{file}' did not write '{path}'.");
    }

    /// <summary>The entry of the external weights that a writer put beside an artifact, flushed to disk; null when there are none.</summary>
    /// <param name="folder">The staging folder.</param>
    /// <param name="artifact">The artifact that reads them.</param>
    public static ArtifactManifest? DataBeside(string folder, ArtifactManifest artifact)
    {
        var path = OnnxFile.DataOf(Path.Combine(folder, artifact.File));
        if (!File.Exists(path))
        {
            return null;
        }

        CheckName(Path.GetFileName(path));
        return Entry(path, ArtifactKinds.Data, new(), artifact.Created);
    }

    /// <summary>What is wrong with the file, or null when it has the recorded size and hash.</summary>
    public static string? Fault(string path, ArtifactManifest expected) => Absent(path) ?? Missized(new FileInfo(path).Length, expected) ?? Mismatch(Hash(path), expected);

    /// <summary>Says that there is no such file; null when there is.</summary>
    public static string? Absent(string path) => File.Exists(path) ? null : "the file is missing";

    /// <summary>Reads the file once, and says what is wrong with what was read; null when it has the recorded size and hash.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">Its entry.</param>
    /// <param name="content">Its bytes; empty when something is wrong with them.</param>
    public static string? Read(string path, ArtifactManifest expected, out byte[] content)
    {
        content = [];
        if (Absent(path) is { } absent)
        {
            return absent;
        }

        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(file);
        if (Missized(length, expected) is { } missized)
        {
            return missized;
        }

        if (length > Array.MaxLength)
        {
            return $"it has {length} bytes, and {Array.MaxLength} can be loaded at most";
        }

        var read = GC.AllocateUninitializedArray<byte>((int)length);
        if (Fill(file, read) is var count && count < length)
        {
            return Missized(count, expected);
        }

        if (Mismatch(Convert.ToHexStringLower(SHA256.HashData(read)), expected) is { } mismatch)
        {
            return mismatch;
        }

        content = read;
        return null;
    }

    /// <summary>Copies the file while hashing it, and says what is wrong with what was copied; null when it has the recorded size and hash.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">Its entry.</param>
    /// <param name="destination">Where its bytes go, right or wrong.</param>
    public static string? Copy(string path, ArtifactManifest expected, Stream destination)
    {
        if (Absent(path) is { } absent)
        {
            return absent;
        }

        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(file);
        return Missized(length, expected) ?? Mismatch(Hash(file, destination), expected);
    }

    private static ArtifactManifest Entry(string path, string kind, ArtifactDescription description, DateTimeOffset created)
    {
        Durable.FlushFile(path);
        return new ArtifactManifest(description)
        {
            Kind = kind,
            File = Path.GetFileName(path),
            Bytes = new FileInfo(path).Length,
            Sha256 = Hash(path),
            Created = created,
        };
    }

    private static void CheckName(string file)
    {
        if (!ArtifactManifest.IsFileName(file))
        {
            throw new ToolchainException(ErrorKind.Usage, $"'{file}' cannot be an artifact's file name. Use letters, digits, '.', '_' and '-', starting with a letter or a digit, at most 127 of them.");
        }
    }

    private static string? Missized(long length, ArtifactManifest expected) =>
        length == expected.Bytes ? null : $"it has {length} bytes, and the manifest says {expected.Bytes}";

    private static string? Mismatch(string hash, ArtifactManifest expected) =>
        hash == expected.Sha256 ? null : $"its SHA-256 is {hash}, and the manifest says {expected.Sha256}";

    private static int Fill(SafeFileHandle file, Span<byte> content)
    {
        var count = 0;
        while (count < content.Length && RandomAccess.Read(file, content[count..], count) is > 0 and var read)
        {
            count += read;
        }

        return count;
    }

    private static string Hash(string path)
    {
        using var content = File.OpenHandle(path, options: FileOptions.SequentialScan);
        return Hash(content, Stream.Null);
    }

    private static string Hash(SafeFileHandle content, Stream copy)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        var offset = 0L;
        while (RandomAccess.Read(content, buffer, offset) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            copy.Write(buffer, 0, count);
            offset += count;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
