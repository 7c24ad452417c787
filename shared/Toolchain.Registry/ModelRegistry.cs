using Toolchain.Graphs.Onnx;

namespace Toolchain.Registry;

/// <summary>
/// A folder of models, shared by any number of processes. Versions appear whole or not at all, their artifacts never change, and
/// hidden files and folders belong to writers at work. Nothing is cached: every call reads the disk.
/// </summary>
/// <param name="root">The folder; created by the first publication.</param>
/// <param name="time">The clock of the times that manifests record; the system's by default.</param>
public sealed class ModelRegistry(string root, TimeProvider? time = null)
{
    private readonly TimeProvider time = time ?? TimeProvider.System;

    /// <summary>The folder as it was given.</summary>
    public string Root => root;

    /// <summary>Starts a new version of a model, new or known.</summary>
    /// <returns>A draft that the caller disposes, published or not.</returns>
    /// <exception cref="ToolchainException">The name is not allowed (<see cref="ErrorKind.Usage"/>), or the folder cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public VersionDraft NewVersion(string name) => new(root, name, time);

    /// <summary>The version that a reference means now.</summary>
    /// <exception cref="ToolchainException">
    /// There is no such model, version or alias (<see cref="ErrorKind.NotFound"/>, with what there is), or its manifest is damaged (<see cref="ErrorKind.BadInput"/>).
    /// </exception>
    public ModelVersion Resolve(ModelReference reference) => Read(reference.Name, VersionNumbers.Find(root, reference));

    /// <inheritdoc cref="Resolve(ModelReference)"/>
    public ModelVersion Resolve(string reference) => Resolve(ModelReference.Parse(reference));

    /// <summary>Adds a file to a published version, for example an export of its graph.</summary>
    /// <param name="version">The version.</param>
    /// <param name="kind">What the file is for; one of <see cref="ArtifactKinds"/> or another word.</param>
    /// <param name="file">
    /// Its name in the version's folder. Where there is one already, the new bytes must be the same; the description is then brought up to date.
    /// </param>
    /// <param name="write">
    /// Writes the file at the hidden path it is given, may read it back to measure it, and describes it. When it throws, nothing is added. External weights that it leaves
    /// at <see cref="OnnxFile.DataOf"/> that path become an artifact of their own.
    /// </param>
    /// <returns>The version with its new manifest. Other processes may add to it at the same time.</returns>
    /// <exception cref="ToolchainException">
    /// The name is not allowed or names other bytes (<see cref="ErrorKind.Usage"/>), the version was removed meanwhile (<see cref="ErrorKind.NotFound"/>), or the disk is full (<see cref="ErrorKind.Unavailable"/>).
    /// </exception>
    public ModelVersion AddArtifact(ModelVersion version, string kind, string file, Func<string, ArtifactDescription> write)
        => StorageFaults.Explained(Path.Combine(version.Folder, file), $"model {version} is unchanged", () =>
        {
            try
            {
                using var staging = StagingFolder.Create(version.Folder, Layout.NewArtifact, file);
                var artifact = ArtifactFile.Write(staging.Path, kind, file, write, Clock.Now(time));
                var data = ArtifactFile.DataBeside(staging.Path, artifact);
                using var held = FileLock.Take(Path.Combine(version.Folder, Layout.Lock), FileLock.Patience);
                return version with { Manifest = Include(version, staging.Path, data is null ? [artifact] : [data, artifact]) };
            }
            catch (DirectoryNotFoundException) when (!Directory.Exists(version.Folder))
            {
                throw new ToolchainException(ErrorKind.NotFound, $"Model {version} was removed while artifact '{file}' was being added to it.");
            }
        });

    /// <summary>Every version of every model, by name and then number. A damaged version is listed with its problem.</summary>
    public IReadOnlyList<ModelListing> List() => [.. Layout.Names(root).SelectMany(ListModel)];

    /// <summary>Points an alias at a version, whether or not it was there before.</summary>
    /// <exception cref="ToolchainException">There is no such version (<see cref="ErrorKind.NotFound"/>), or the alias is not allowed (<see cref="ErrorKind.Usage"/>).</exception>
    public void SetAlias(string name, string alias, int version)
    {
        ModelName.Checked("Alias", alias);
        Locked(name, folder =>
        {
            var target = VersionNumbers.Find(root, ModelReference.To(name, version));
            AliasFile.Write(folder, new(AliasFile.Read(folder)) { [alias] = target });
        });
    }

    /// <summary>Removes an alias; the version stays.</summary>
    /// <exception cref="ToolchainException">The model has no such alias (<see cref="ErrorKind.NotFound"/>).</exception>
    public void RemoveAlias(string name, string alias) => Locked(name, folder =>
    {
        var aliases = AliasFile.Read(folder);
        if (!aliases.Remove(alias))
        {
            throw new ToolchainException(ErrorKind.NotFound, $"Model '{name}' has no alias '{alias}'.{VersionNumbers.AliasesInWords(aliases)}");
        }

        AliasFile.Write(folder, aliases);
    });

    /// <summary>Removes one version for good. Its number is not given to another one.</summary>
    /// <param name="reference">By number or by alias; a bare name is refused, because it could be meant for all versions.</param>
    /// <param name="force">Also removes the aliases that point to it; without, they protect it.</param>
    /// <returns>The number that was removed.</returns>
    /// <exception cref="ToolchainException">
    /// The reference is bare or an alias protects the version (<see cref="ErrorKind.Usage"/>), or there is no such version (<see cref="ErrorKind.NotFound"/>).
    /// </exception>
    public int Remove(ModelReference reference, bool force = false)
    {
        if (reference is { Version: null, Alias: null })
        {
            throw new ToolchainException(ErrorKind.Usage, $"'{reference}' does not say which version to remove. Write {reference}:NUMBER; 'models list' shows the numbers.");
        }

        return Removal.Run(root, reference, force);
    }

    /// <summary>Reads everything again: manifests, every artifact's bytes, aliases, and what writers left behind.</summary>
    /// <param name="reference">Only this version; null for the whole registry.</param>
    /// <param name="cancellationToken">Ends the check between two files.</param>
    /// <exception cref="ToolchainException">The reference means nothing (<see cref="ErrorKind.NotFound"/>); faults are in the report instead.</exception>
    public VerificationReport Verify(ModelReference? reference = null, CancellationToken cancellationToken = default)
        => new Verification(root, cancellationToken).Run(reference);

    /// <summary>Deletes what writers that are gone left behind. Writers at work are not disturbed.</summary>
    public GarbageReport CollectGarbage() => GarbageCollection.Run(root);

    private ModelVersion Read(string name, int version)
    {
        var folder = Layout.VersionFolder(root, name, version);
        return new ModelVersion(name, version, folder, ManifestFile.Read(Path.Combine(folder, Layout.Manifest)));
    }

    private IEnumerable<ModelListing> ListModel(string name)
    {
        var (aliases, aliasProblem) = Attempt(() => AliasFile.Read(Layout.ModelFolder(root, name)));
        foreach (var version in Layout.Versions(root, name))
        {
            var (found, problem) = Attempt(() => Read(name, version));
            if (found is not null || Directory.Exists(Layout.VersionFolder(root, name, version)))
            {
                yield return new(name, version, found?.Manifest, [.. (aliases ?? []).Where(alias => alias.Value == version).Select(alias => alias.Key)], problem ?? aliasProblem);
            }
        }
    }

    private static (T? Found, string? Problem) Attempt<T>(Func<T> read)
        where T : class
    {
        try
        {
            return (read(), null);
        }
        catch (ToolchainException problem)
        {
            return (null, problem.Message);
        }
    }

    private void Locked(string name, Action<string> change)
    {
        var folder = Layout.ModelFolder(root, name);
        VersionNumbers.Find(root, ModelReference.Parse(name));
        StorageFaults.Explained(folder, "nothing was changed", () =>
        {
            using var held = FileLock.Take(Path.Combine(folder, Layout.Lock), FileLock.Patience);
            change(folder);
            return true;
        });
    }

    private static ModelManifest Include(ModelVersion version, string staging, ArtifactManifest[] added)
    {
        var path = Path.Combine(version.Folder, Layout.Manifest);
        var manifest = ManifestFile.Read(path);
        var artifacts = manifest.Artifacts.ToList();
        foreach (var artifact in added)
        {
            if (artifacts.FindIndex(each => each.File == artifact.File) is var index and >= 0)
            {
                artifacts[index] = SameBytes(version, artifacts[index], artifact);
            }
            else
            {
                artifacts.Add(artifact);
            }
        }

        // What can fail for want of room comes first; then the files, because a manifest never names one that is not there.
        var complete = manifest with { Artifacts = artifacts };
        Durable.Stage(path, ManifestFile.Write(complete));
        foreach (var artifact in added)
        {
            File.Move(Path.Combine(staging, artifact.File), Path.Combine(version.Folder, artifact.File), overwrite: true);
        }

        Durable.FlushFolder(version.Folder);
        Durable.Commit(path);
        return complete;
    }

    private static ArtifactManifest SameBytes(ModelVersion version, ArtifactManifest old, ArtifactManifest written) => old.Sha256 == written.Sha256
        ? written with { Created = old.Created, Parity = written.Parity ?? old.Parity, Accuracy = written.Accuracy ?? old.Accuracy }
        : throw new ToolchainException(
            ErrorKind.Usage,
            $"Model {version} already has an artifact '{old.File}' with other bytes (SHA-256 {old.Sha256}, now {written.Sha256}), and artifacts never change. Give this one another file name, or publish a new version.");
}
