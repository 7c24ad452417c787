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
    // As onnx.save has it: smaller tensors stay inside the model.
    private const long ExternalBytes = 1024;

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

        var plan = new ExportPlan(version.Manifest, options);
        var model = OnnxFile.Read(source.Path);
        var (trained, first) = plan.Interface.Apply(model.Graph);
        var (graph, then) = plan.Inference.Apply(trained);
        graph = graph with { Metadata = ModelMetadata.Of(version, source.Manifest, plan.Preprocessing, options.OutputsAt) };
        if (options.OutputsAt.IsEmpty)
        {
            CheckOutputs(version, graph, probe);
        }

        var write = new OnnxWriteOptions { Opset = options.Opset, Domains = model.Domains, ProducerVersion = ToolSpec.Current.Version, ExternalDataThreshold = options.ExternalData ? ExternalBytes : null };
        var proof = new ExportProof(version, source.Path, model with { Graph = trained }, plan, options);
        ProvenExport? proven = null;
        var published = registry.AddArtifact(version, options.Kind, options.File, path =>
        {
            OnnxFile.Write(graph, path, write);
            cancellation.ThrowIfCancellationRequested();

            // The file is read back: what is proven is what lies on the disk.
            var written = OnnxFile.Read(path);
            proven = proof.Run(path, written, probe, test, cancellation);
            return Describe(written, proven);
        });
        var artifact = published.Manifest.Find(options.File)!;
        copy?.Of(Path.Combine(version.Folder, artifact.File));
        if (options.Output is { } beside && published.Manifest.Find(OnnxFile.DataOf(artifact.File)) is { } weights)
        {
            new CopiedFile(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(beside))!, weights.File)).Of(Path.Combine(version.Folder, weights.File));
        }

        return new(published, artifact, options, [.. first, .. then], proven!);
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

    private ArtifactDescription Describe(OnnxModel written, ProvenExport proven) => new()
    {
        Precision = options.Half == HalfForm.Compute ? "float16" : "float32",
        Opset = written.Opset,
        Inputs = TensorSpec.Of(written.Graph.Inputs),
        Outputs = TensorSpec.Of(written.Graph.Outputs),
        Parity = proven.Parity,
        Accuracy = proven.Score?.Accuracy,
    };
}
