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
        var artifact = Listed(fileOrKind);
        foreach (var file in (ReadOnlySpan<ArtifactManifest?>)[artifact, DataOf(artifact)])
        {
            if (file is not null)
            {
                Check(file, ArtifactFile.Fault(PathOf(file), file));
            }
        }

        return new VerifiedArtifact(PathOf(artifact), artifact);
    }

    /// <summary>
    /// An artifact's bytes, read once and then compared with the manifest: unlike a path, they are what was checked whatever happens to the file. External weights
    /// are a file of their own; see <see cref="CopyArtifact(string, string)"/>.
    /// </summary>
    /// <param name="fileOrKind">A file name, or a kind: then the first artifact of that kind.</param>
    /// <exception cref="ToolchainException">As <see cref="OpenArtifact"/>; also when it is larger than an array (<see cref="ErrorKind.BadInput"/>).</exception>
    public byte[] ReadArtifact(string fileOrKind)
    {
        var artifact = Listed(fileOrKind);
        Check(artifact, ArtifactFile.Read(PathOf(artifact), artifact, out var content));
        return content;
    }

    /// <summary>Copies an artifact's bytes, read once, and compares what was copied with the manifest. External weights are a file of their own; see <see cref="CopyArtifact(string, string)"/>.</summary>
    /// <param name="fileOrKind">A file name, or a kind: then the first artifact of that kind.</param>
    /// <param name="destination">Where the bytes go; what is there after an error is not what was published.</param>
    /// <exception cref="ToolchainException">As <see cref="OpenArtifact"/>.</exception>
    public void CopyArtifact(string fileOrKind, Stream destination)
    {
        var artifact = Listed(fileOrKind);
        Check(artifact, ArtifactFile.Copy(PathOf(artifact), artifact, destination));
    }

    /// <summary>Copies an artifact, and its external weights if it has some, into a folder of the caller's, and compares the copies with the manifest.</summary>
    /// <param name="fileOrKind">A file name, or a kind: then the first artifact of that kind.</param>
    /// <param name="folder">Where the copies go, under the names of the originals; nobody else may write there.</param>
    /// <returns>The copy of the artifact.</returns>
    /// <exception cref="ToolchainException">As <see cref="OpenArtifact"/>.</exception>
    public VerifiedArtifact CopyArtifact(string fileOrKind, string folder)
    {
        var artifact = Listed(fileOrKind);
        foreach (var file in (ReadOnlySpan<ArtifactManifest?>)[artifact, DataOf(artifact)])
        {
            if (file is not null)
            {
                var copy = Path.Combine(folder, file.File);
                Check(file, ArtifactFile.Absent(PathOf(file)));
                File.Copy(PathOf(file), copy);
                Check(file, ArtifactFile.Fault(copy, file));
            }
        }

        return new VerifiedArtifact(Path.Combine(folder, artifact.File), artifact);
    }

    /// <summary>The entry of an artifact's external weights; null when it has none.</summary>
    public ArtifactManifest? DataOf(ArtifactManifest artifact) => Manifest.Artifacts.FirstOrDefault(each => each.File == OnnxFile.DataOf(artifact.File));

    /// <inheritdoc/>
    public override string ToString() => Reference.ToString();

    private string PathOf(ArtifactManifest artifact) => Path.Combine(Folder, artifact.File);

    private ArtifactManifest Listed(string fileOrKind) => Manifest.Find(fileOrKind) ?? throw new ToolchainException(
        ErrorKind.NotFound,
        $"Model {this} has no artifact '{fileOrKind}'. It has: {string.Join(", ", Manifest.Artifacts.Select(each => $"{each.File} ({each.Kind})"))}.");

    private void Check(ArtifactManifest artifact, string? fault)
    {
        if (fault is not null)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Artifact '{PathOf(artifact)}' of model {this} is damaged: {fault}. Restore the file from a copy, or export or train it again.");
        }
    }
}

/// <summary>An artifact whose size and SHA-256 were compared with the manifest just now.</summary>
/// <param name="Path">The file.</param>
/// <param name="Manifest">Its entry in the manifest.</param>
public sealed record VerifiedArtifact(string Path, ArtifactManifest Manifest);
