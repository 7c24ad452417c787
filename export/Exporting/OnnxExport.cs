using Toolchain.Data;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Exporting;

/// <summary>Turns a version's trained graph into an artifact for serving: rewritten, written, run against the probe, and only then published.</summary>
internal sealed class OnnxExport(ModelRegistry registry, OnnxExportOptions options)
{
    /// <summary>Exports a version. Whatever fails, nothing is published and no file is left.</summary>
    /// <exception cref="ToolchainException">
    /// The version, its graph or its probe is missing or damaged (<see cref="ErrorKind.NotFound"/>, <see cref="ErrorKind.BadInput"/>), or the
    /// exported model's logits are not the probe's (<see cref="ErrorKind.Mismatch"/>).
    /// </exception>
    public OnnxExportReport Run(ModelReference reference, CancellationToken cancellation)
    {
        var version = registry.Resolve(reference);
        var source = version.OpenArtifact(ArtifactKinds.Graph);
        var probe = Probe.Open(version);
        var test = options.Data is { } data ? Accuracy.OpenTestSplit(data, version.Manifest.Preprocessing, version.Manifest.Labels) : null;
        var copy = options.Output is { } output ? new CopiedFile(output) : null;

        var model = OnnxFile.Read(source.Path);
        var (graph, rewrites) = PipelineFor(version.Manifest.Preprocessing).Apply(model.Graph);
        graph = graph with { Metadata = ModelMetadata.Of(version, source.Manifest) };
        CheckClasses(version, graph, probe);

        var write = new OnnxWriteOptions { Opset = options.Opset, ForeignOpset = model.Opset, Domains = model.Domains, ProducerVersion = ToolSpec.Current.Version };
        var published = registry.AddArtifact(version, ArtifactKinds.Model, options.File, path =>
        {
            Write(graph, path, write);
            cancellation.ThrowIfCancellationRequested();
            return Prove(path, version, probe, test, cancellation);
        });
        var artifact = published.Manifest.Find(options.File)!;
        copy?.Of(Path.Combine(version.Folder, artifact.File));
        return new(published, artifact, options, rewrites.ToEquatableArray(), probe.Images, test?.Count);
    }

    private static void Write(Graph graph, string path, OnnxWriteOptions options)
    {
        OnnxFile.Write(graph, path, options);
        if (File.Exists(path + ".data"))
        {
            throw new ToolchainException(ErrorKind.BadInput, $"Graph '{graph.Name}' has more weights than the 2 GiB that one ONNX file may hold, and an artifact is one file. Train a smaller network.");
        }
    }

    private RewritePipeline PipelineFor(Preprocessing preprocessing) => options.Input switch
    {
        InputForm.Pixels => RewritePipeline.Inference.Then(new AddPreprocessing(preprocessing), new AddSoftmax()),
        InputForm.Tensor => RewritePipeline.Inference.Then(new AddSoftmax()),
        var form => throw new InvalidOperationException($"Unknown input form {form}."),
    };

    private static void CheckClasses(ModelVersion version, Graph graph, Probe probe)
    {
        var labels = version.Manifest.Labels.Count;
        var width = graph.Outputs.First(static o => o.Name == AddSoftmax.Logits).Type.Shape?[1] ?? Dimension.Unknown;
        if ((labels > 0 && !width.Admits(labels)) || !width.Admits(probe.Classes))
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Model {version} does not fit together: its graph gives {width} logits per image, its manifest has {labels} labels, and its probe {probe.Classes} logits. Publish it again with one label per logit.");
        }
    }

    // The file is read back: what is proven is what lies on the disk.
    private ArtifactDescription Prove(string path, ModelVersion version, Probe probe, Dataset? test, CancellationToken cancellation)
    {
        var written = OnnxFile.Read(path);
        if (Structure.Problems(written.Graph, written.ValueInfo) is { Count: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The export of model {version} is not well formed: {string.Join("; ", problems)}. Nothing was published.");
        }

        using var loaded = LoadedModel.Load(path, version.Manifest.Preprocessing, options.Session);
        var error = Parity.WithProbe(loaded, probe);
        if (error > Tolerances.Parity)
        {
            var found = double.IsFinite(error) ? $"differ by up to {Display.Number(error)}, and {Display.Number(Tolerances.Parity)} is allowed" : "are not all numbers";
            throw new ToolchainException(
                ErrorKind.Mismatch,
                $"The export of model {version} does not compute what its trainer computed: the logits of the probe's {probe.Images} images {found}. Nothing was published. "
                + "Check that the probe belongs to this graph ('export verify'); if it does, please report the network.");
        }

        cancellation.ThrowIfCancellationRequested();
        return new()
        {
            Precision = "float32",
            Opset = written.Opset,
            Inputs = Specs(written.Graph.Inputs),
            Outputs = Specs(written.Graph.Outputs),
            Parity = new(error, Tolerances.Parity),
            Accuracy = test is null ? null : Accuracy.Measure(loaded, test, options.Batch, cancellation),
        };
    }

    private static IReadOnlyList<TensorSpec> Specs(EquatableArray<ValueInfo> values) =>
        [.. values.Select(static v => new TensorSpec(v.Name, v.Type.Element.Display(), v.Type.Shape?.ToString() ?? "?"))];
}
