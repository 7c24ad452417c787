using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Weights;
using Toolchain.Networks;
using Toolchain.Registry;

namespace Toolchain.Train.Sources;

/// <summary>A model of the registry as the beginning of another: its graph and its weights (notes: Fine tuning).</summary>
internal sealed class ModelSource : NetworkSource
{
    private readonly ModelVersion _model;
    private readonly Graph _graph;

    /// <summary>Opens a version, its hash compared.</summary>
    public ModelSource(ModelVersion model) => (_model, _graph) = (model, OnnxFile.Read(model.OpenArtifact(ArtifactKinds.Graph).Path).Graph);

    /// <summary>Opens a version that was the beginning of another before.</summary>
    /// <param name="registry">Where it is.</param>
    /// <param name="reference">The version: <c>name:3</c>.</param>
    /// <param name="sha256">The hash of its graph at that time; null where it is not known.</param>
    /// <exception cref="ToolchainException">It is gone, or another model has its name.</exception>
    public static ModelSource Open(ModelRegistry registry, string reference, string? sha256)
    {
        var model = registry.Resolve(reference);
        var found = model.Manifest.Find(ArtifactKinds.Graph)?.Sha256;
        return sha256 is null || found == sha256
            ? new(model)
            : throw new ToolchainException(ErrorKind.Mismatch, $"Model {reference} in '{registry.Root}' is not the one that training began with: its graph has SHA-256 {found}, expected {sha256}. Name the registry with --models.");
    }

    /// <inheritdoc/>
    public override string Name => _model.Name;

    /// <inheritdoc/>
    public override NetworkSpec? Network => _model.Manifest.Network;

    /// <inheritdoc/>
    public override ImportSpec? Import => _model.Manifest.Import;

    /// <inheritdoc/>
    public override SourceSpec Keep(string folder) => new() { Model = Parent.Reference, Sha256 = Parent.Sha256 };

    /// <summary>The version, as the child's manifest names it.</summary>
    public ParentSpec Parent => new(_model.ToString(), ParentRoles.InitialWeights) { Sha256 = _model.Manifest.Find(ArtifactKinds.Graph)?.Sha256 };

    /// <inheritdoc/>
    public override void RequireTask(ModelTask task)
    {
        if (_model.Manifest.Task != task.Text())
        {
            throw new ToolchainException(ErrorKind.Usage, $"Model {_model} is for {_model.Manifest.Task}, and the data is for {task.Text()}. Use data for {_model.Manifest.Task}.");
        }
    }

    /// <inheritdoc/>
    public override Graph Build(ImageSize? input, int? classes, long seed)
    {
        var graph = input is null ? _graph : AtSize(input);
        return classes is { } count ? new NetworkEdits([new GraphEdit.Classes(count)]).Apply(graph, seed).Graph : graph;
    }

    /// <inheritdoc/>
    protected override (Graph Graph, IReadOnlyList<string> Notes) Prepare(ImageSize input, int classes, bool newHead, long seed, InitializationPolicy? first)
    {
        if (first is not null)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--init gives first values, and {_model} brings its own. Leave it out.");
        }

        var graph = AtSize(input);
        if (!newHead)
        {
            return (graph, []);
        }

        var headed = new NetworkEdits([new GraphEdit.Classes(classes)]).Apply(graph, seed);
        return (headed.Graph, headed.Changes);
    }

    /// <summary>The graph for images of a size: as it is where it fits, otherwise built anew by its network, with the same weights.</summary>
    private Graph AtSize(ImageSize size)
    {
        var input = _graph.Inputs[0];
        if (input.Type.Shape is [_, var c, var h, var w] && c.Admits(size.Channels) && h.Admits(size.Height) && w.Admits(size.Width))
        {
            return _graph;
        }

        if (_model.Manifest.Network is not { Edits.Count: 0 } spec || NetworkCatalog.All.FirstOrDefault(n => n.Name == spec.Name) is not { } network)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Model {_model} takes {input.Type} and cannot be built for {size} images: only unchanged networks of the catalog can. Use images of its size.");
        }

        var outputs = (int)_graph.Outputs[0].Type.Shape![1].Value;
        var built = network.Build(size, outputs, NetworkArguments.Of(network, spec.Arguments));
        return WeightMatching.Load(built, _graph.Initializers, $"model {_model}").Graph;
    }
}
