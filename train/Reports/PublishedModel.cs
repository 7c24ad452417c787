using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;

namespace Toolchain.Train.Reports;

/// <summary>What a run has published.</summary>
/// <param name="Version">The version.</param>
/// <param name="Graph">Its graph, as trained.</param>
internal sealed record PublishedModel(ModelVersion Version, Graph Graph)
{
    /// <summary>The model of a run.</summary>
    /// <exception cref="ToolchainException">The run has published nothing, or the registry does not have it.</exception>
    public static PublishedModel Of(RunRecord run, ModelRegistry registry)
    {
        if (run.Model is not { } name)
        {
            throw new ToolchainException(ErrorKind.NotFound, run.State == RunState.Open ? "The run has not published a model yet." : "The run has not published a model.");
        }

        var version = registry.Resolve(ModelReference.Parse(name));
        return new(version, OnnxFile.Read(version.OpenArtifact(ArtifactKinds.Graph).Path).Graph);
    }
}
