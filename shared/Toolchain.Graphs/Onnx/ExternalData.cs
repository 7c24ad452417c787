using System.Globalization;
using Toolchain.Graphs.Files;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Weights in files beside the model (onnx/docs/ExternalData.md). Such a file must lie inside the model's folder: a model is data from
/// elsewhere and must not be able to name any file of the machine. The optional checksum is left to whoever ships the files: computing it would
/// read every weight.
/// </summary>
/// <param name="folder">The model's folder; null when the model came from memory.</param>
/// <param name="limits">Limits.</param>
internal sealed class ExternalData(string? folder, OnnxReadLimits limits)
{
    private readonly Dictionary<string, ByteSource> _files = new(StringComparer.Ordinal);

    /// <summary>The window that a tensor's <c>external_data</c> entries describe.</summary>
    internal ReadOnlyMemory<byte> Window(WireReader tensor, IReadOnlyDictionary<string, string> entries, long bytes)
    {
        var file = Open(tensor, entries.GetValueOrDefault("location", ""));
        var offset = Number(tensor, entries, "offset", 0);
        var length = Number(tensor, entries, "length", bytes);
        if (length != bytes)
        {
            throw tensor.FailWhole($"expected {bytes} bytes of external data, found length {length}");
        }

        return offset <= file.Length - length
            ? file.Window(offset, (int)length)
            : throw tensor.FailWhole($"expected {length} bytes at offset {offset} of external file '{entries["location"]}', but it has {file.Length}");
    }

    private ByteSource Open(WireReader tensor, string location)
    {
        if (folder is null)
        {
            throw tensor.FailWhole($"the data is in the external file '{location}', and a model in memory has no folder. Read the model by its path");
        }

        var parts = location.Split('/', '\\');
        if (location.Length == 0 || location.Contains('\0', StringComparison.Ordinal) || location.Contains(':', StringComparison.Ordinal)
            || Array.Exists(parts, static p => p is "" or "." or ".."))
        {
            throw tensor.FailWhole($"the external file '{location}' is not a plain relative path inside the model's folder");
        }

        var root = RealPath.Of(Path.GetFullPath(folder));
        var path = RealPath.Of(Path.Combine([root, .. parts]));
        if (!path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw tensor.FailWhole($"the external file '{location}' leads out of the model's folder through a symbolic link");
        }

        if (!_files.TryGetValue(path, out var file))
        {
            file = MappedFile.Open(path);
            _files[path] = file.Length <= limits.MaxFileBytes ? file : throw tensor.FailWhole($"the external file '{location}' has {file.Length} bytes; the limit is {limits.MaxFileBytes}");
        }

        return file;
    }

    private static long Number(WireReader tensor, IReadOnlyDictionary<string, string> entries, string key, long standard) =>
        !entries.TryGetValue(key, out var text) ? standard
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw tensor.FailWhole($"external_data has {key} '{text}'; expected a number of bytes");
}
