using System.Text.Json;
using Toolchain.Export.Exporting;
using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Verification;

/// <summary>What a file of other image sizes or outputs than its model was trained with must equal: the trained graph with the same.</summary>
/// <param name="Trained">That graph.</param>
/// <param name="Preprocessing">How samples become its input.</param>
/// <param name="Sizes">The sizes that differ.</param>
internal sealed record VariantReference(OnnxModel Trained, Preprocessing Preprocessing, InputSizes Sizes)
{
    /// <summary>The reference of a file; null where the probe, which has whole images and logits, says what the file must give.</summary>
    /// <param name="version">The version that the file belongs to.</param>
    /// <param name="file">The file.</param>
    /// <param name="form">What it takes.</param>
    /// <exception cref="ToolchainException">
    /// The version has no trained graph (<see cref="ErrorKind.NotFound"/>), or that graph has no such outputs or cannot have such sizes (<see cref="ErrorKind.BadInput"/>,
    /// <see cref="ErrorKind.Usage"/>).
    /// </exception>
    public static VariantReference? Of(ModelVersion version, OnnxModel file, InputForm form)
    {
        var trained = OnnxFile.Read(version.OpenArtifact(ArtifactKinds.Graph).Path);
        var (nodes, sizes) = (Nodes(file.Graph), SizesOf(file.Graph, trained.Graph, form));
        if (nodes.IsEmpty && !sizes.ChangesImages)
        {
            return null;
        }

        var graph = new RewritePipeline([.. nodes.IsEmpty ? (Rewrite[])[] : [new TakeOutputs(nodes)], new SetInputSizes(sizes)]).Apply(trained.Graph).Graph;
        var preprocessing = version.Manifest.Preprocessing;
        return new(trained with { Graph = graph }, preprocessing with { Height = Known(sizes.Height) ?? preprocessing.Height, Width = Known(sizes.Width) ?? preprocessing.Width }, sizes);
    }

    /// <summary>How far a file is from it, and what both were run on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="form">What it takes.</param>
    /// <param name="probe">The samples.</param>
    /// <param name="session">Where ONNX Runtime runs both.</param>
    /// <exception cref="ToolchainException">As <see cref="ReferenceParity.Compare"/>.</exception>
    public (ParitySpec Parity, string Samples) Compare(string path, InputForm form, Probe probe, SessionSpec session)
    {
        var (parity, against) = new ReferenceParity(Trained, Preprocessing, form, Sizes, session).Compare(path, probe, Tolerances.Parity);
        return (parity, $"from {against}");
    }

    /// <summary>Whether a file gives values from inside its network, and no logits.</summary>
    public static bool HasFeatures(Graph file) => file.Metadata.ContainsKey(ModelMetadata.Nodes);

    private static EquatableArray<string> Nodes(Graph file) =>
        HasFeatures(file) ? (JsonSerializer.Deserialize<string[]>(file.Metadata[ModelMetadata.Nodes]) ?? []).ToEquatableArray() : [];

    private static InputSizes SizesOf(Graph file, Graph trained, InputForm form)
    {
        var (batch, height, width) = (file.Inputs[0].Type.Shape, form) switch
        {
            ([var n, var h, var w, _], InputForm.Pixels) => (n, h, w),
            ([var n, _, var h, var w], InputForm.Tensor) => (n, h, w),
            var (shape, _) => throw new ToolchainException(ErrorKind.BadInput, $"The input must have four axes, found {shape?.ToString() ?? "an unknown shape"}."),
        };
        return trained.Inputs is [{ Type.Shape: [var n0, _, var h0, var w0] }]
            ? new(Other(batch, n0), Other(height, h0), Other(width, w0))
            : throw new ToolchainException(ErrorKind.BadInput, $"Graph '{trained.Name}' must have one input [N, C, H, W].");
    }

    private static Dimension? Other(Dimension found, Dimension trained) => found == trained ? default(Dimension?) : found;

    private static int? Known(Dimension? size) => size is { IsKnown: true } known ? checked((int)known.Value) : null;
}
