using System.Security.Cryptography;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>
/// What a version is loaded from: bytes that were compared with the manifest and that nobody else can change. What the model would have ONNX Runtime fetch besides
/// is looked at before it sees the model. The caller disposes it when the sessions are made.
/// </summary>
internal sealed class ModelContent : IDisposable
{
    // The standard operators, those that ONNX Runtime brings itself, and those that its optimiser writes into graphs.
    private static readonly string[] KnownDomains = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc", "com.microsoft.experimental", "ai.onnx.preview.training", "ai.onnx.training", "com.microsoft.dml", "org.pytorch.aten"];
    private readonly string _name;

    // An array of this size would set off a collection of all memory beside the requests.
    private readonly MemoryFile? _memory = MemoryFile.TryCreate();
    private byte[] _bytes = [];
    private string? _folder;

    private ModelContent(string name) => _name = name;

    /// <summary>Begins to load the libraries that reading a model needs, for a start that has other things to do meanwhile.</summary>
    public static void Prepare() => _ = Task.Run(static () => (SHA256.HashData([]), OnnxReferences.Of(ReadOnlyMemory<byte>.Empty)));

    /// <summary>Reads the artifact that servers take.</summary>
    /// <exception cref="ToolchainException">
    /// The version has none (<see cref="ErrorKind.NotFound"/>), or it is not what was published, not an ONNX file, or needs files or operators that are not taken (<see cref="ErrorKind.BadInput"/>).
    /// </exception>
    public static ModelContent Open(ModelVersion version)
    {
        var file = version.Manifest.Served()?.File ?? ArtifactKinds.Model;
        var content = new ModelContent(Path.Combine(version.Folder, file));
        try
        {
            content.Follow(version, file, content.Read(version, file));
            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    /// <summary>Loads it; the caller disposes the session.</summary>
    /// <exception cref="ToolchainException">ONNX Runtime refuses it, or the device is not there.</exception>
    public ModelSession Load(SessionSpec spec) =>
        _folder is not null ? ModelSession.Load(Path.Combine(_folder, Path.GetFileName(_name)), spec)
        : _memory is not null ? ModelSession.Load(_memory, _name, spec)
        : ModelSession.Load(_bytes, _name, spec);

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory?.Dispose();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private ReadOnlyMemory<byte> Read(ModelVersion version, string file)
    {
        if (_memory is null)
        {
            return _bytes = version.ReadArtifact(file);
        }

        using (var memory = _memory.Write())
        {
            version.CopyArtifact(file, memory);
        }

        _memory.Seal();
        return _memory.Read();
    }

    // What it would have ONNX Runtime fetch besides.
    private void Follow(ModelVersion version, string file, ReadOnlyMemory<byte> bytes)
    {
        var references = References(bytes, _name);
        if (references.Domains.Where(static domain => !KnownDomains.Contains(domain, StringComparer.Ordinal)).ToList() is { Count: > 0 } foreign)
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"The server cannot load '{_name}': it needs operators of {string.Join(" and ", foreign.Select(static domain => $"'{domain}'"))}, which ONNX Runtime does not have, and libraries of custom operators are never loaded. Export the model with standard operators.");
        }

        var data = version.DataOf(version.Manifest.Find(file)!)?.File;
        if (references.Files.FirstOrDefault(location => location != data) is { } outside)
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"The server cannot load '{_name}': it keeps weights in '{outside}', which is not a published file of model {version}. Only '{file}.data' beside it can be; export the model again.");
        }

        _folder = references.Files.Count > 0 ? Copied(version, file) : null;
    }

    private static OnnxReferences References(ReadOnlyMemory<byte> bytes, string path)
    {
        try
        {
            return OnnxReferences.Of(bytes, path);
        }
        catch (ToolchainException damage)
        {
            throw new ToolchainException(damage.Kind, $"The server cannot load '{path}': it is not an ONNX file. {damage.Message}", damage);
        }
    }

    // ONNX Runtime opens external weights itself, by their name: so that it finds what was compared, they lie where only this process may write.
    private static string Copied(ModelVersion version, string file)
    {
        var folder = Directory.CreateTempSubdirectory("serve-").FullName;
        try
        {
            version.CopyArtifact(file, folder);
            return folder;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }
}
