using Toolchain.Export.Ensembles.Soups;
using Toolchain.Export.Exporting;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>Averages the weights of models and publishes the result as a model like any other: trained graph, probe, and an export that is proven against it.</summary>
internal sealed class SoupExport(ModelRegistry registry, EnsembleOptions options)
{
    private const int ProbeSamples = 8;

    /// <summary>Averages models: all of them, or with a data set those that a greedy choice takes.</summary>
    /// <exception cref="ToolchainException">
    /// The models are not of one network (<see cref="ErrorKind.BadInput"/>), the options make no sense (<see cref="ErrorKind.Usage"/>), or the average computes no
    /// numbers (<see cref="ErrorKind.CheckFailed"/>).
    /// </exception>
    public SoupReport Run(IReadOnlyList<ModelReference> references, CancellationToken cancellation)
    {
        ModelName.Checked("Model name", options.Name);
        if (options is { Data: not null, Weights: not null })
        {
            throw new ToolchainException(ErrorKind.Usage, "--soup with --data chooses which models are averaged, all with one weight. Leave out --weights or --data.");
        }

        var members = MemberSelection.OpenWhole(registry, references, options.Weights);
        var labels = MemberFit.Require(members);
        WeightSoup.RequireSame(members);
        using var scratch = new ScratchFolder();
        var (candidates, score) = options.Data is { } data
            ? new GreedySoup(ValidationSamples.Open(data, [.. members.Select(static m => m.Version)]), options.Session, options.Batch, scratch.Path).Choose(members, cancellation)
            : (members.Select(static m => new SoupCandidate(m, null, true)).ToArray(), null);
        EnsembleMember[] taken = [.. candidates.Where(static c => c.IsTaken).Select(static c => c.Member)];
        double[] shares = [.. taken.Select(m => options.Data is null ? m.Weight : 1.0 / taken.Length)];
        var manifest = Manifest(taken, shares, labels) with
        {
            Metrics = score is { } found ? new Dictionary<string, SplitMetrics> { ["validation"] = SplitMetrics.Of(found.Samples, found.Accuracy, null, found.Accuracy is null ? [new(found.Metric, found.Value)] : []) } : new Dictionary<string, SplitMetrics>(),
        };
        cancellation.ThrowIfCancellationRequested();
        return Publish(taken[0], WeightSoup.Average([.. taken.Select(static m => m.Model.Graph)], shares), manifest) with { Candidates = [.. candidates], Shares = [.. shares], Score = score };
    }

    private static ModelManifest Manifest(EnsembleMember[] taken, double[] shares, IReadOnlyList<string> labels)
    {
        var first = taken[0].Version.Manifest;
        return new()
        {
            Task = first.Task,
            Network = first.Network,
            Import = first.Import,
            Preprocessing = WeightSoup.Average([.. taken.Select(static m => m.Preprocessing)], shares),
            Labels = labels,
            Parents = [.. taken.Zip(shares, static (m, share) => new ParentSpec(m.ToString(), ParentRoles.Ingredient) { Weight = share, Sha256 = m.Artifact.Manifest.Sha256 })],
        };
    }

    private SoupReport Publish(EnsembleMember like, Graph soup, ModelManifest manifest)
    {
        var write = OnnxWriteOptions.Like(like.Model) with { Opset = EnsembleMember.WriteOptions([like]).Opset, ProducerVersion = ToolSpec.Current.Version };
        using var draft = registry.NewVersion(options.Name);
        Probe? probe = null;
        var graph = draft.Add(ArtifactKinds.Graph, ArtifactFiles.Graph, path =>
        {
            OnnxFile.Write(soup, path, write);
            probe = ProbeOf(path, like, manifest);
            return ArtifactSpecs.Describe(path, write.Opset);
        });
        draft.AddProbe(probe!);
        var allowed = ProbeTolerance.For(Tolerances.Parity, manifest, probe!);
        var model = draft.Add(ArtifactKinds.Model, ArtifactFiles.Model, path =>
        {
            var served = EnsembleMember.Ending(RewritePipeline.Inference.Then(new AddPreprocessing(manifest.Preprocessing)), manifest).Apply(soup).Graph;
            OnnxFile.Write(served with { Metadata = ModelMetadata.Of(options.Name, manifest, graph) }, path, write);
            using var loaded = LoadedModel.Load(path, manifest.Preprocessing, options.Session);
            var error = Parity.WithProbe(loaded, probe!);
            return error <= allowed ? ArtifactSpecs.Describe(path, write.Opset) with { Parity = new(error, allowed) } : throw new ToolchainException(
                ErrorKind.Mismatch, $"The export of the averaged model differs by {Registry.Cli.Display.Number(error)} from its graph, and {Registry.Cli.Display.Number(allowed)} is allowed. Nothing was published; please report it with the models.");
        });
        return new(draft.Publish(manifest), model);
    }

    // As ONNX Runtime computes it without merging anything.
    private Probe ProbeOf(string path, EnsembleMember like, ModelManifest manifest)
    {
        var input = manifest.Preprocessing;
        var (all, found) = EnsembleReference.SamplesFor(input, [like]);
        var count = Math.Min(found, ProbeSamples);
        var samples = all[..(all.Length / found * count)];
        using var loaded = LoadedModel.Load(path, input, options.Session with { Optimize = false });
        var outputs = loaded.Run(samples, count);
        foreach (var value in outputs.Values<float>())
        {
            if (!float.IsFinite(value))
            {
                throw new ToolchainException(ErrorKind.CheckFailed, $"The averaged model computes {value} instead of a number. Nothing was published; models for a soup are fine-tuned from one.");
            }
        }

        return new(InputForm.Pixels.Make(input, samples, count), outputs);
    }
}
