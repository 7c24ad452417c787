using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Exporting;

/// <summary>What to export and how to prove it.</summary>
internal sealed record OnnxExportOptions
{
    /// <summary>What the model takes; samples as they are by default.</summary>
    public InputForm Input { get; init; } = InputForm.Pixels;

    /// <summary>The opset to write.</summary>
    public int Opset { get; init; } = Graph.DefaultOpset;

    /// <summary>The artifact's file name; null for one that says how it differs from the standard export.</summary>
    public string? Name { get; init; }

    /// <summary>Where a copy goes; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>The data set to measure on; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>Samples per run while measuring.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>Where ONNX Runtime runs it.</summary>
    public SessionSpec Session { get; init; } = new();

    /// <summary>The file name of the artifact: <c>model.onnx</c>, or one that names what differs from it, for example <c>model.tensor.opset13.onnx</c>.</summary>
    public string File => Name ?? string.Concat(Path.GetFileNameWithoutExtension(ArtifactFiles.Model), Input == InputForm.Tensor ? ".tensor" : "", Opset == Graph.DefaultOpset ? "" : $".opset{Opset}", Path.GetExtension(ArtifactFiles.Model));
}
