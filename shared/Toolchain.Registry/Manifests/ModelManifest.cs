using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Toolchain.Registry;

/// <summary>
/// What is known about one version of a model: where it came from, how it was trained, how good it is, and which files belong to it.
/// Name and version are those of the folder that it lies in. Maps are kept in ordinal key order, so equal manifests are equal files.
/// </summary>
public sealed record ModelManifest
{
    /// <summary>The schema that this toolchain writes; any change of fields raises it.</summary>
    public const int CurrentSchemaVersion = 4;

    /// <summary>The oldest schema that it reads; what has been added since is absent there.</summary>
    public const int OldestSchemaVersion = 1;

    /// <summary>The schema of the file.</summary>
    [JsonRequired]
    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>When the version was published (UTC, whole seconds); set by the registry.</summary>
    [JsonRequired]
    public DateTimeOffset Created { get; init; }

    /// <summary>What the model does, for example <c>classification</c>.</summary>
    public required string Task { get; init; }

    /// <summary>The documented network that the graph was built from; null for imported files and ensembles.</summary>
    public NetworkSpec? Network { get; init; }

    /// <summary>The file that the graph was read from; null unless it was imported.</summary>
    public ImportSpec? Import { get; init; }

    /// <summary>How an image becomes the network's input; has the input's channels, height and width.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>The classes' names in the order of the logits; empty where they are not known.</summary>
    public required IReadOnlyList<string> Labels { get; init => field = [.. value]; }

    /// <summary>How the weights came to be; null for imported files and ensembles.</summary>
    public TrainingSpec? Training { get; init; }

    /// <summary>Metrics by split (<c>train</c>, <c>validation</c>, <c>test</c>).</summary>
    [JsonRequired]
    public IReadOnlyDictionary<string, SplitMetrics> Metrics { get; init => field = Maps.Sorted(value); } = ImmutableSortedDictionary<string, SplitMetrics>.Empty;

    /// <summary>The versions that this one was made from.</summary>
    [JsonRequired]
    public IReadOnlyList<ParentSpec> Parents { get; init => field = [.. value]; } = [];

    /// <summary>The members of an ensemble with their weights, in the order of its outputs; empty for other models.</summary>
    [JsonIgnore]
    public IEnumerable<ParentSpec> Members => Parents.Where(static parent => parent.Role == ParentRoles.Member);

    /// <summary>The toolchain that published the version.</summary>
    [JsonRequired]
    public ToolSpec Tool { get; init; } = ToolSpec.Current;

    /// <summary>The version's files, in the order of their addition; kept by the registry.</summary>
    [JsonRequired]
    public IReadOnlyList<ArtifactManifest> Artifacts { get; init => field = [.. value]; } = [];

    /// <summary>The artifact that servers take: the standard export, otherwise the first other one; null before the first export.</summary>
    public ArtifactManifest? Served() => Find(ArtifactFiles.Model) ?? Find(ArtifactKinds.Model);

    /// <summary>The artifact with this file name, otherwise the first of this kind, otherwise null.</summary>
    public ArtifactManifest? Find(string fileOrKind)
        => Artifacts.FirstOrDefault(artifact => artifact.File == fileOrKind) ?? Artifacts.FirstOrDefault(artifact => artifact.Kind == fileOrKind);
}
