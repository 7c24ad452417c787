using System.Buffers;
using System.Security.Cryptography;
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
    public static string? Fault(string path, ArtifactManifest expected)
    {
        var found = new FileInfo(path);
        if (!found.Exists)
        {
            return "the file is missing";
        }

        if (found.Length != expected.Bytes)
        {
            return $"it has {found.Length} bytes, and the manifest says {expected.Bytes}";
        }

        var hash = Hash(path);
        return hash == expected.Sha256 ? null : $"its SHA-256 is {hash}, and the manifest says {expected.Sha256}";
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

    private static string Hash(string path)
    {
        using var content = File.OpenHandle(path, options: FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        var offset = 0L;
        while (RandomAccess.Read(content, buffer, offset) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            offset += count;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
