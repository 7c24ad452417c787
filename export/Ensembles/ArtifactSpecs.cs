using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;

namespace Toolchain.Export.Ensembles;

/// <summary>What manifests say about a float32 graph.</summary>
internal static class ArtifactSpecs
{
    /// <summary>Describes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="opset">The opset that it was written in.</param>
    public static ArtifactDescription Describe(string path, int opset)
    {
        var graph = OnnxFile.Read(path).Graph;
        return new() { Precision = ElementType.Float32.Display(), Opset = opset, Inputs = TensorSpec.Of(graph.Inputs), Outputs = TensorSpec.Of(graph.Outputs) };
    }
}
