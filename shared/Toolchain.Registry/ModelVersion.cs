using Toolchain.Graphs.Onnx;

namespace Toolchain.Registry;

/// <summary>One published version, as it was when it was read.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version number, from 1.</param>
/// <param name="Folder">The folder that holds its artifacts.</param>
/// <param name="Manifest">What is known about it.</param>
public sealed record ModelVersion(string Name, int Version, string Folder, ModelManifest Manifest)
{
    /// <summary>The reference that always means this version: <c>name:3</c>.</summary>
    public ModelReference Reference => ModelReference.To(Name, Version);

    /// <summary>An artifact's path, after comparing the size and SHA-256 of the file, and of its external weights if it has some, with the manifest.</summary>
    /// <param name="fileOrKind">A file name, or a kind: then the first artifact of that kind.</param>
    /// <exception cref="ToolchainException">The version has no such artifact (<see cref="ErrorKind.NotFound"/>), or the file is not what was published (<see cref="ErrorKind.BadInput"/>).</exception>
    public VerifiedArtifact OpenArtifact(string fileOrKind)
    {
        var artifact = Manifest.Find(fileOrKind) ?? throw new ToolchainException(
            ErrorKind.NotFound,
            $"Model {this} has no artifact '{fileOrKind}'. It has: {string.Join(", ", Manifest.Artifacts.Select(each => $"{each.File} ({each.Kind})"))}.");
        foreach (var file in Manifest.Artifacts.Where(each => each == artifact || each.File == OnnxFile.DataOf(artifact.File)))
        {
            if (ArtifactFile.Fault(Path.Combine(Folder, file.File), file) is { } fault)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"Artifact '{Path.Combine(Folder, file.File)}' of model {this} is damaged: {fault}. Restore the file from a copy, or export or train it again.");
            }
        }

        return new VerifiedArtifact(Path.Combine(Folder, artifact.File), artifact);
    }

    /// <inheritdoc/>
    public override string ToString() => Reference.ToString();
}

/// <summary>An artifact whose size and SHA-256 were compared with the manifest just now.</summary>
/// <param name="Path">The file.</param>
/// <param name="Manifest">Its entry in the manifest.</param>
public sealed record VerifiedArtifact(string Path, ArtifactManifest Manifest);
