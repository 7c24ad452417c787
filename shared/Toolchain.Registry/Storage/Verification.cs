namespace Toolchain.Registry;

/// <summary>One check of a registry, reading every byte and changing none.</summary>
internal sealed class Verification(string root, CancellationToken cancellationToken)
{
    private readonly List<string> faults = [];
    private readonly List<string> leftovers = [];
    private int versions;
    private int artifacts;
    private long bytes;

    public VerificationReport Run(ModelReference? reference)
    {
        if (reference is not null)
        {
            CheckVersion(reference.Name, VersionNumbers.Find(root, reference));
        }
        else
        {
            foreach (var name in Layout.Names(root))
            {
                CheckModel(name);
            }
        }

        return new VerificationReport(versions, artifacts, bytes, faults, leftovers);
    }

    private void CheckModel(string name)
    {
        var folder = Layout.ModelFolder(root, name);
        foreach (var version in Layout.Versions(root, name))
        {
            CheckVersion(name, version);
        }

        faults.AddRange(Findings(() => AliasFile.Read(folder)
            .Where(alias => !Layout.Versions(root, name).Contains(alias.Value))
            .Select(alias => $"Alias {name}@{alias.Key} points to version {alias.Value}, which is not there. Set it again or remove it.")));
        leftovers.AddRange(Leftovers.OfModel(folder));
    }

    private void CheckVersion(string name, int version)
    {
        var folder = Layout.VersionFolder(root, name, version);
        var found = Findings(() =>
        {
            var manifest = ManifestFile.Read(Path.Combine(folder, Layout.Manifest));
            leftovers.AddRange(Leftovers.OfVersion(folder, manifest));
            return manifest.Artifacts.Select(artifact => CheckArtifact(folder, artifact)).OfType<string>();
        });

        // Another process may have removed the version while it was read; then there is nothing to report.
        if (Directory.Exists(folder))
        {
            faults.AddRange(found);
            versions++;
        }
    }

    private string? CheckArtifact(string folder, ArtifactManifest artifact)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = Path.Combine(folder, artifact.File);
        artifacts++;
        bytes += artifact.Bytes;
        return ArtifactFile.Fault(path, artifact) is { } fault ? $"Artifact '{path}' is damaged: {fault}." : null;
    }

    // A damaged file is a finding, not the end of the check.
    private static List<string> Findings(Func<IEnumerable<string>> check)
    {
        try
        {
            return [.. check()];
        }
        catch (ToolchainException fault)
        {
            return [fault.Message];
        }
        catch (DirectoryNotFoundException gone)
        {
            return [gone.Message];
        }
    }
}
