using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Networks;
using Toolchain.Registry;

namespace Toolchain.Train.Sources;

/// <summary>A graph to train, and what a person should know about how it came to be.</summary>
/// <param name="Graph">One input <c>float32 [N, C, H, W]</c>, logits as the first output.</param>
/// <param name="Notes">Sentences: what was changed.</param>
internal sealed record SourcedGraph(Graph Graph, EquatableArray<string> Notes);

/// <summary>Where a network comes from: the catalog, or an <c>.onnx</c> file from anywhere.</summary>
internal abstract class NetworkSource
{
    /// <summary>A name for what is made from it: the network's, or the file's as far as it can be a model's name.</summary>
    public abstract string Name { get; }

    /// <summary>The network and its arguments, for the manifest; null for a file.</summary>
    public virtual NetworkSpec? Network => null;

    /// <summary>The file, for the manifest; null for a network of the catalog.</summary>
    public virtual ImportSpec? Import => null;

    /// <summary>The source that a person named.</summary>
    /// <param name="text">The name of a network of the catalog, own ones included, or a path that ends in <c>.onnx</c>.</param>
    /// <param name="settings">The network's arguments by name.</param>
    /// <exception cref="ToolchainException">There is no such network or file, or the arguments do not fit it.</exception>
    public static NetworkSource Resolve(string text, IReadOnlyDictionary<string, string> settings)
    {
        if (!IsFile(text))
        {
            var network = NetworkCatalog.Get(text);
            return new CatalogSource(network, NetworkArguments.Of(network, settings));
        }

        return settings.Count == 0
            ? FileSource.Open(text)
            : throw new ToolchainException(ErrorKind.Usage, $"--set: {text} is a file, which has no arguments ({string.Join(", ", settings.Keys)}). Leave out what has no effect, or name a network of the catalog.");
    }

    /// <summary>The source that <see cref="Keep"/> wrote down.</summary>
    /// <param name="spec">What it wrote.</param>
    /// <param name="folder">Where it kept files.</param>
    /// <param name="registry">Where models are.</param>
    /// <exception cref="ToolchainException">A file or model is no longer there, or not the same.</exception>
    public static NetworkSource Open(SourceSpec spec, string folder, ModelRegistry registry) => spec switch
    {
        { Model: { } model } => ModelSource.Open(registry, model, spec.Sha256),
        { File: { } file } => FileSource.OpenCopy(Path.Combine(folder, file), spec),
        { Network: { } network } => Resolve(network.Name, network.Arguments),
        _ => throw new ToolchainException(ErrorKind.BadInput, $"The run in '{folder}' names no network, file or model."),
    };

    /// <summary>Writes down what it takes to have this source again, on another day.</summary>
    /// <param name="folder">A folder for files.</param>
    public abstract SourceSpec Keep(string folder);

    /// <summary>Whether the text names a file rather than a network or model.</summary>
    public static bool IsFile(string text) => text.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>The graph to look at.</summary>
    /// <param name="input">The image size; null for what the source has, or its default.</param>
    /// <param name="classes">The number of classes; null for what the source has, or its default. A file gets another head.</param>
    /// <param name="seed">Decides the first values of new parameters.</param>
    /// <exception cref="ToolchainException">It does not take that size or has no head to replace.</exception>
    public abstract Graph Build(ImageSize? input, int? classes, long seed);

    /// <summary>Checks that it can be trained for a task.</summary>
    /// <exception cref="ToolchainException">It cannot (<see cref="ErrorKind.Usage"/>).</exception>
    public virtual void RequireTask(ModelTask task)
    {
    }

    /// <summary>The graph to train on given data, with changes of its structure.</summary>
    /// <param name="input">The size of the images.</param>
    /// <param name="classes">The number of classes, or of target columns, in the data.</param>
    /// <param name="newHead">Whether a file's last layer is replaced by one with fresh weights for these classes; a network of the catalog always has fresh ones.</param>
    /// <param name="edits">Changes of the structure.</param>
    /// <param name="seed">Decides the first values of new parameters.</param>
    /// <param name="first">By which rules they begin; null for the network's own.</param>
    /// <exception cref="ToolchainException">It does not take these images, or does not give one logit per class; the message says what to do.</exception>
    public SourcedGraph BuildForTraining(ImageSize input, int classes, bool newHead, NetworkEdits edits, long seed, InitializationPolicy? first = null)
    {
        var (graph, notes) = Prepare(input, classes, newHead, seed, first);
        var edited = edits.Apply(graph, seed);
        var found = edited.Graph.Outputs[0];
        return found.Type.Shape is null or [_, { IsKnown: false }, ..] || (found.Type.Shape is [_, var logits, ..] && logits.Value == classes)
            ? new(edited.Graph, [.. notes, .. edited.Changes])
            : throw new ToolchainException(ErrorKind.Usage, $"{Name} gives {found.Name} {found.Type}, but the data has {classes} classes. Give it another head with --classes {classes}.");
    }

    /// <summary>The graph before a person's changes; see <see cref="BuildForTraining"/>.</summary>
    protected abstract (Graph Graph, IReadOnlyList<string> Notes) Prepare(ImageSize input, int classes, bool newHead, long seed, InitializationPolicy? first);
}
