using System.Diagnostics;
using Toolchain.Data;
using Toolchain.Export.Exporting;
using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;

namespace Toolchain.Export.Ensembles;

/// <summary>
/// Merges models into one averaging graph and publishes it as a new version: the trained graphs in <c>graph.onnx</c>, those rewritten for inference in
/// <c>model.onnx</c>, and a probe of what the members give by themselves. Nothing is published before both files give it too.
/// </summary>
internal sealed class EnsembleExport(ModelRegistry registry, EnsembleOptions options)
{
    private readonly Stopwatch _folding = new();

    /// <summary>Merges models.</summary>
    /// <exception cref="ToolchainException">
    /// The models cannot be one ensemble or are damaged (<see cref="ErrorKind.BadInput"/>), the weights or the choice of models make no sense
    /// (<see cref="ErrorKind.Usage"/>), or the merged graph does not give what the members give (<see cref="ErrorKind.Mismatch"/>).
    /// </exception>
    public EnsembleReport Run(IReadOnlyList<ModelReference> references, CancellationToken cancellation)
    {
        ModelName.Checked("Model name", options.Name);
        var members = MemberSelection.Open(registry, references, options.Weights);
        var plan = new EnsemblePlan([.. members], [.. MemberFit.Require(members)], options.WithMembers);
        var test = options.Data is { } data ? TestSplit.Open(data, new(options.Name, 1, "", plan.Manifest)) : null;

        using var scratch = new ScratchFolder();
        using var draft = registry.NewVersion(options.Name);
        var reference = Reference(plan, scratch.Path, cancellation);
        var graph = AddGraph(draft, plan, reference);
        var probe = reference.Probe(plan);
        draft.AddProbe(probe);
        cancellation.ThrowIfCancellationRequested();
        var served = new ServedEnsemble(plan, reference, options, scratch.Path);
        TestScore? score = null;
        LayoutChoice? choice = null;
        var model = draft.Add(ArtifactKinds.Model, ArtifactFiles.Model, path =>
        {
            choice = served.Write(path, ModelMetadata.Of(options.Name, plan.Manifest, graph), _folding, cancellation);
            cancellation.ThrowIfCancellationRequested();
            score = test is null ? null : Measure(path, plan, test, cancellation);
            return ArtifactSpecs.Describe(path, plan.WriteOptions.Opset) with
            {
                Parity = new(choice.Parity.ProbeError, ProbeTolerance.For(Tolerances.Parity, plan.Manifest, probe)),
                Accuracy = score?.Accuracy,
            };
        });
        var manifest = score is { Accuracy: { } accuracy } ? plan.Manifest with { Metrics = new Dictionary<string, SplitMetrics> { ["test"] = new(score.Samples, accuracy) } } : plan.Manifest;
        cancellation.ThrowIfCancellationRequested();
        return new(draft.Publish(manifest), plan, model, choice!, score, _folding.Elapsed);
    }

    private EnsembleReference Reference(EnsemblePlan plan, string scratch, CancellationToken cancellation)
    {
        var (samples, count) = EnsembleReference.SamplesFor(plan.Input.Preprocessing, plan.Members);
        var run = new MemberRun(plan, options.Session, scratch);
        var outputs = new List<TensorData>();
        foreach (var member in plan.Members)
        {
            cancellation.ThrowIfCancellationRequested();
            outputs.Add(run.Outputs(member, samples, count));
        }

        return EnsembleReference.Of(plan, samples, count, outputs);
    }

    private ArtifactManifest AddGraph(VersionDraft draft, EnsemblePlan plan, EnsembleReference reference) => draft.Add(ArtifactKinds.Graph, ArtifactFiles.Graph, path =>
    {
        _folding.Start();
        OnnxFile.Write(BranchLayout.Merge(plan, [.. plan.Members.Select(static m => m.GraphWith(new([])))]), path, plan.WriteOptions);
        _folding.Stop();

        // Normalisations are not merged here as they are in what the members serve, and ONNX Runtime would make weights of its own if it merged them.
        new EnsembleProof(plan, reference, options.Session with { Optimize = false }).Require(path, Tolerances.Parity);
        return ArtifactSpecs.Describe(path, plan.WriteOptions.Opset);
    });

    private TestScore Measure(string path, EnsemblePlan plan, Dataset test, CancellationToken cancellation)
    {
        using var loaded = LoadedModel.Load(path, plan.Input.Preprocessing, options.Session);
        return TestScore.Measure(loaded, test, options.Batch, cancellation);
    }
}
