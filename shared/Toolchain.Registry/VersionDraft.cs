using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Registry;

/// <summary>
/// A version that is being written and that nobody else can see. Disposing it without publishing removes it; so does
/// <see cref="ModelRegistry.CollectGarbage"/> after its process was killed.
/// </summary>
public sealed class VersionDraft : IDisposable
{
    private const string Consequence = "nothing was published";
    private readonly string root;
    private readonly TimeProvider time;
    private readonly StagingFolder staging;
    private readonly List<ArtifactManifest> artifacts = [];

    internal VersionDraft(string root, string name, TimeProvider time)
    {
        (this.root, Name, this.time) = (root, ModelName.Checked("Model name", name), time);
        var parent = Layout.ModelFolder(root, name);
        staging = StorageFaults.Explained(parent, Consequence, () =>
        {
            Directory.CreateDirectory(parent);
            return StagingFolder.Create(parent, Layout.NewVersion);
        });
    }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    /// <summary>The hidden folder, for reading back artifacts that were already added.</summary>
    public string Folder => staging.Path;

    /// <summary>The artifacts so far.</summary>
    public IReadOnlyList<ArtifactManifest> Artifacts => artifacts;

    /// <summary>Adds a file.</summary>
    /// <param name="kind">What it is for; one of <see cref="ArtifactKinds"/> or another word.</param>
    /// <param name="file">Its name in the version's folder.</param>
    /// <param name="write">
    /// Writes the file at the path it is given, may read it back to measure it, and describes it. External weights that it leaves at <see cref="OnnxFile.DataOf"/> that path
    /// become an artifact of their own, before this one.
    /// </param>
    /// <returns>The file's entry in the manifest, with size and hash.</returns>
    /// <exception cref="ToolchainException">The name is not allowed or taken (<see cref="ErrorKind.Usage"/>), or the disk is full (<see cref="ErrorKind.Unavailable"/>).</exception>
    public ArtifactManifest Add(string kind, string file, Func<string, ArtifactDescription> write)
    {
        if (artifacts.Exists(artifact => artifact.File == file))
        {
            throw new ToolchainException(ErrorKind.Usage, $"The new version of '{Name}' already has an artifact '{file}'. Give this one another name.");
        }

        var (artifact, data) = StorageFaults.Explained(Path.Combine(Folder, file), Consequence, () =>
        {
            var written = ArtifactFile.Write(Folder, kind, file, write, Clock.Now(time));
            return (written, ArtifactFile.DataBeside(Folder, written));
        });
        artifacts.AddRange(data is null ? [artifact] : [data, artifact]);
        return artifact;
    }

    /// <summary>Adds the graph as it was trained or imported, <c>graph.onnx</c>; weights of more than 2 GiB are a file beside it.</summary>
    /// <param name="graph">The graph with its weights, float32.</param>
    /// <param name="accuracy">Its accuracy on the test split, 0..1; null where it was not measured.</param>
    /// <exception cref="ToolchainException">As <see cref="Add"/>.</exception>
    public ArtifactManifest AddGraph(Graph graph, double? accuracy = null) => Add(ArtifactKinds.Graph, ArtifactFiles.Graph, path =>
    {
        OnnxFile.Write(graph, path);
        return new()
        {
            Precision = ElementType.Float32.Display(),
            Opset = Graph.DefaultOpset,
            Inputs = TensorSpec.Of(graph.Inputs),
            Outputs = TensorSpec.Of(graph.Outputs),
            Accuracy = accuracy,
        };
    });

    /// <summary>Adds the probe, <c>probe.safetensors</c>.</summary>
    /// <exception cref="ToolchainException">As <see cref="Add"/>.</exception>
    public ArtifactManifest AddProbe(Probe probe) => Add(ArtifactKinds.Probe, ArtifactFiles.Probe, path =>
    {
        probe.Write(path);
        return new();
    });

    /// <summary>Makes the version visible, whole, under the next free number.</summary>
    /// <param name="manifest">Everything known about it; time and artifacts are filled in.</param>
    /// <returns>The published version. Other processes may publish at the same time; each gets its own number.</returns>
    /// <exception cref="ToolchainException">The disk is full or refuses (<see cref="ErrorKind.Unavailable"/>); nothing was published.</exception>
    public ModelVersion Publish(ModelManifest manifest)
    {
        var complete = manifest with { Created = Clock.Now(time), Artifacts = artifacts };
        return StorageFaults.Explained(Layout.ModelFolder(root, Name), Consequence, () =>
        {
            Durable.Write(Path.Combine(Folder, Layout.Manifest), ManifestFile.Write(complete));
            Durable.FlushFolder(Folder);
            var (version, folder) = MoveToNextNumber();
            Durable.FlushFolder(Layout.ModelFolder(root, Name));
            Durable.FlushFolder(root);
            return new ModelVersion(Name, version, folder, complete);
        });
    }

    /// <summary>Removes the draft unless it was published.</summary>
    public void Dispose() => staging.Dispose();

    private (int Version, string Folder) MoveToNextNumber()
    {
        for (var version = NextNumber(); ; version++)
        {
            var folder = Layout.VersionFolder(root, Name, version);
            try
            {
                // rename(2) never replaces a folder that has something in it, and a published version always has.
                Directory.Move(Folder, folder);
                return (version, folder);
            }
            catch (IOException) when (Directory.Exists(folder) && Directory.Exists(Folder))
            {
            }
        }
    }

    // The listing comes first: a removal records its number before the folder goes, so one of the two still shows it.
    private int NextNumber()
    {
        var highest = Layout.Versions(root, Name) is [.., var last] ? last : 0;
        return Math.Max(highest, RemovedMark.Read(Layout.ModelFolder(root, Name))) + 1;
    }
}
