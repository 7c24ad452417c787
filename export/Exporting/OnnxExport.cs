using Toolchain.Data;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Exporting;

/// <summary>Turns a version's trained graph into an artifact for serving: rewritten, written, run against the probe, and only then published.</summary>
internal sealed class OnnxExport(ModelRegistry registry, OnnxExportOptions options)
{
    /// <summary>Exports a version. Whatever fails, nothing is published and no file is left.</summary>
    /// <exception cref="ToolchainException">
    /// The version, its graph or its probe is missing or damaged (<see cref="ErrorKind.NotFound"/>, <see cref="ErrorKind.BadInput"/>), or what
    /// the exported model gives is not what the probe has (<see cref="ErrorKind.Mismatch"/>).
    /// </exception>
    public OnnxExportReport Run(ModelReference reference, CancellationToken cancellation)
    {
        var version = registry.Resolve(reference);
        var source = version.OpenArtifact(ArtifactKinds.Graph);
        var probe = Probe.Open(version);
        var test = options.Data is { } data ? TestSplit.Open(data, version) : null;
        var copy = options.Output is { } output ? new CopiedFile(output) : null;

        var model = OnnxFile.Read(source.Path);
        var (graph, rewrites) = PipelineFor(version.Manifest).Apply(model.Graph);
        graph = graph with { Metadata = ModelMetadata.Of(version, source.Manifest) };
        CheckOutputs(version, graph, probe);

        var write = new OnnxWriteOptions { Opset = options.Opset, Domains = model.Domains, ProducerVersion = ToolSpec.Current.Version };
        TestScore? score = null;
        var published = registry.AddArtifact(version, ArtifactKinds.Model, options.File, path =>
        {
            Write(graph, path, write);
            cancellation.ThrowIfCancellationRequested();
            (var description, score) = Prove(path, version, probe, test, cancellation);
            return description;
        });
        var artifact = published.Manifest.Find(options.File)!;
        copy?.Of(Path.Combine(version.Folder, artifact.File));
        return new(published, artifact, options, rewrites.ToEquatableArray(), probe.Images, score);
    }

    private static void Write(Graph graph, string path, OnnxWriteOptions options)
    {
        OnnxFile.Write(graph, path, options);
        if (File.Exists(path + ".data"))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' has more weights than the 2 GiB that one ONNX file may hold, and an artifact is one file. Train a smaller network.");
        }
    }

    private RewritePipeline PipelineFor(ModelManifest manifest)
    {
        var input = options.Input switch
        {
            InputForm.Pixels => RewritePipeline.Inference.Then(new AddPreprocessing(manifest.Preprocessing)),
            InputForm.Tensor => RewritePipeline.Inference,
            var form => throw new InvalidOperationException($"Unknown input form {form}."),
        };
        return manifest.Task == ModelTask.Regression.Text()
            ? input.Then(new NameOutput(ModelTensors.Values))
            : input.Then(new NameOutput(ModelTensors.Logits), new AddSoftmax());
    }

    private static void CheckOutputs(ModelVersion version, Graph graph, Probe probe)
    {
        var labels = version.Manifest.Labels.Count;
        var output = graph.Outputs.First(static o => o.Name is ModelTensors.Logits or ModelTensors.Values);
        var width = output.Type.Shape is [_, var second, ..] ? second : Dimension.Unknown;
        if (!OutputLabels.Fit(version.Manifest, width) || !width.Admits(probe.Outputs))
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Model {version} does not fit together: its graph gives {width} {output.Name} per image, its manifest has {labels} labels, and its probe {probe.Outputs} {output.Name}. Publish it again with one label for each.");
        }
    }

    // The file is read back: what is proven is what lies on the disk.
    private (ArtifactDescription Description, TestScore? Score) Prove(string path, ModelVersion version, Probe probe, Dataset? test, CancellationToken cancellation)
    {
        var written = OnnxFile.Read(path);
        if (Structure.Problems(written.Graph, written.ValueInfo) is { Count: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The export of model {version} is not well formed: {string.Join("; ", problems)}. Nothing was published.");
        }

        using var loaded = LoadedModel.Load(path, version.Manifest.Preprocessing, options.Session);
        var error = Parity.WithProbe(loaded, probe);
        var allowed = ProbeTolerance.For(Tolerances.Parity, version.Manifest, probe);
        if (error > allowed)
        {
            var found = double.IsFinite(error) ? $"differ by up to {Display.Number(error)}, and {Display.Number(allowed)} is allowed" : "are not all numbers";
            throw new ToolchainException(
                ErrorKind.Mismatch,
                $"The export of model {version} does not compute what its trainer computed: the {loaded.Output} of the probe's {Samples.Count(version, probe.Images)} {found}. Nothing was published. "
                + "Check that the probe belongs to this graph ('export verify'); if it does, please report the network.");
        }

        cancellation.ThrowIfCancellationRequested();
        var score = test is null ? null : TestScore.Measure(loaded, test, options.Batch, cancellation);
        return (new()
        {
            Precision = "float32",
            Opset = written.Opset,
            Inputs = TensorSpec.Of(written.Graph.Inputs),
            Outputs = TensorSpec.Of(written.Graph.Outputs),
            Parity = new(error, allowed),
            Accuracy = score?.Accuracy,
        }, score);
    }
}
