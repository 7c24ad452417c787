using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>A model that takes part in an ensemble, with its trained graph.</summary>
/// <param name="Version">The version.</param>
/// <param name="Weight">Its share of the mean, 0..1; the shares of all members add up to 1.</param>
/// <param name="Artifact">The file of its trained graph, hash compared.</param>
/// <param name="Model">The file's content; weights are windows of it.</param>
internal sealed record EnsembleMember(ModelVersion Version, double Weight, VerifiedArtifact Artifact, OnnxModel Model)
{
    /// <summary>The opset that the member's operators force a file to have, because some are kept as they were read; null when any will do.</summary>
    public int? ForcedOpset => Opsets.Required(Model.Graph);

    /// <summary>How a sample becomes its input.</summary>
    public Preprocessing Preprocessing => Version.Manifest.Preprocessing;

    /// <summary>The output that is averaged: <c>probabilities</c>, or <c>values</c> of a regression.</summary>
    public string Output => OutputOf(Version.Manifest);

    /// <summary>The output of a model that an ensemble averages.</summary>
    public static string OutputOf(ModelManifest manifest) => manifest.Task == ModelTask.Regression.Text() ? ModelTensors.Values : ModelTensors.Probabilities;

    /// <summary>Opens a version's trained graph.</summary>
    /// <exception cref="ToolchainException">It has none, or the file is damaged.</exception>
    public static EnsembleMember Open(ModelVersion version, double weight)
    {
        var artifact = version.OpenArtifact(ArtifactKinds.Graph);
        return new(version, weight, artifact, OnnxFile.Read(artifact.Path));
    }

    /// <summary>The member's graph with <see cref="Output"/> as its only output.</summary>
    /// <param name="rewrites">What is done to the trained graph first.</param>
    public Graph GraphWith(RewritePipeline rewrites)
    {
        var graph = Ending(rewrites, Version.Manifest).Apply(Bound()).Graph;
        return new RemoveDeadNodes().Apply(graph with { Outputs = graph.Outputs.Where(o => o.Name == Output).ToEquatableArray() }).Graph;
    }

    /// <summary>Rewrites, and then those that give a model's outputs the names and the form that exports have.</summary>
    public static RewritePipeline Ending(RewritePipeline rewrites, ModelManifest manifest) => OutputOf(manifest) == ModelTensors.Values
        ? rewrites.Then(new NameOutput(ModelTensors.Values))
        : rewrites.Then(new NameOutput(ModelTensors.Logits), new AddSoftmax());

    // A file may leave height and width open, which its preprocessing knows; what its operators do not tell of the outputs, it may state.
    private Graph Bound()
    {
        var (graph, size) = (Model.Graph, Preprocessing);
        var bound = graph with { Inputs = graph.Inputs.Select(i => i with { Type = i.Type with { Shape = ["N", size.Channels, size.Height, size.Width] } }).ToEquatableArray() };
        var types = GraphTypes.Infer(bound, Model.ValueInfo);
        return bound with { Outputs = bound.Outputs.Select(o => types[o.Name] is { Shape: { } shape } type ? o with { Type = type with { Shape = shape.Or(o.Type.Shape) } } : o).ToEquatableArray() };
    }

    /// <summary>How a graph with the operators of some members is written.</summary>
    public static OnnxWriteOptions WriteOptions(IReadOnlyList<EnsembleMember> members)
    {
        var forced = members.Select(static m => m.ForcedOpset).FirstOrDefault(static o => o is not null);
        return new()
        {
            Opset = forced ?? Graph.DefaultOpset,
            Domains = members.SelectMany(static m => m.Model.Domains).DistinctBy(static d => d.Key).ToDictionary(StringComparer.Ordinal),
            ProducerVersion = ToolSpec.Current.Version,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Version.ToString();
}
