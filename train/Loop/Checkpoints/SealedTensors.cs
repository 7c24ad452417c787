using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Toolchain.Graphs;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Train.Loop.Checkpoints;

/// <summary>
/// Safetensors files with a seal: the SHA-256 of all that is in them, as <c>sha256</c> in their metadata. The format has no checksum of its own, and a training
/// that went on from one wrong bit would come to other weights without a word.
/// </summary>
internal static class SealedTensors
{
    private const string Seal = "sha256";

    /// <summary>Writes a file: beside its place first, then flushed to disk and renamed.</summary>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>); what was there before is unchanged.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        KeyValuePair<string, TensorData>[] all = [.. tensors];
        SafetensorsFile.Write(path, all, new Dictionary<string, string>(metadata, StringComparer.Ordinal) { [Seal] = SealOf(all, metadata) });
    }

    /// <summary>Reads a file whose tensors are windows of it.</summary>
    /// <exception cref="ToolchainException">It is not there (<see cref="ErrorKind.NotFound"/>), damaged, or not sealed (<see cref="ErrorKind.BadInput"/>).</exception>
    public static SafetensorsFile Read(string path) => Intact(SafetensorsFile.Read(path), path);

    /// <summary>Reads a file once to check it, and each tensor again when it is asked for; the file must stay in its place meanwhile.</summary>
    /// <exception cref="ToolchainException">As <see cref="Read"/>.</exception>
    public static SafetensorsFile ReadOnDemand(string path) => Intact(SafetensorsFile.ReadOnDemand(path), path);

    private static SafetensorsFile Intact(SafetensorsFile file, string path) =>
        file.Metadata.TryGetValue(Seal, out var expected) && expected == SealOf(file.Tensors, file.Metadata)
            ? file
            : throw new ToolchainException(ErrorKind.BadInput, $"'{path}' is damaged: its content is not what was written ({(expected is null ? "it has no checksum" : "its checksum is another")}).");

    private static string SealOf(IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var hash = SHA256.Create();
        using (var content = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            foreach (var (key, value) in metadata.Where(static m => m.Key != Seal).OrderBy(static m => m.Key, StringComparer.Ordinal))
            {
                Write(content, key);
                Write(content, value);
            }

            foreach (var (name, data) in tensors)
            {
                Write(content, name);
                Write(content, string.Create(CultureInfo.InvariantCulture, $"{data.Type} {data.Dimensions}"));
                data.WriteTo(content);
            }
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    // With its length, so that no two contents are one sequence of bytes.
    private static void Write(CryptoStream content, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        content.Write(length);
        content.Write(bytes);
    }
}
