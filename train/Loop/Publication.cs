using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Train.Execution;
using TorchSharp;

namespace Toolchain.Train.Loop;

/// <summary>Puts a trained network into the registry: graph, probe, and a manifest from which one can walk back to the data and the seed.</summary>
internal sealed class Publication(TrainingRequest request, ModelRegistry registry)
{
    /// <summary>Publishes a new version.</summary>
    public ModelVersion Publish(
        Graph trained, Probe probe, DatasetSplits data, Split split, Preprocessing preprocessing, TrainingReport report, SplitScore test, ComputeMode mode, torch.Device device, int threads)
    {
        using var draft = registry.NewVersion(request.ModelName);
        draft.Add(ArtifactKinds.Graph, ArtifactFiles.Graph, path =>
        {
            OnnxFile.Write(trained, path);
            return new ArtifactDescription
            {
                Precision = "float32",
                Opset = Graph.DefaultOpset,
                Inputs = [.. trained.Inputs.Select(Spec)],
                Outputs = [.. trained.Outputs.Select(Spec)],
                Accuracy = test.Accuracy,
            };
        });
        draft.Add(ArtifactKinds.Probe, ArtifactFiles.Probe, path =>
        {
            probe.Write(path);
            return new ArtifactDescription();
        });
        return draft.Publish(Manifest(data, split, preprocessing, report, test, mode, device, threads));
    }

    private ModelManifest Manifest(
        DatasetSplits data, Split split, Preprocessing preprocessing, TrainingReport report, SplitScore test, ComputeMode mode, torch.Device device, int threads)
    {
        var best = report.Epochs[report.BestEpoch - 1];
        var metrics = new Dictionary<string, SplitMetrics>
        {
            ["train"] = Metrics(best.Train),
            ["test"] = Metrics(test),
        };
        if (best.Validation is { } validation)
        {
            metrics["validation"] = Metrics(validation);
        }

        return new()
        {
            Task = "classification",
            Network = new NetworkSpec { Name = request.Network.Name, Arguments = request.Arguments.Values },
            Preprocessing = preprocessing,
            Labels = [.. data.Train.ClassNames],
            Training = new TrainingSpec
            {
                Recipe = request.Recipe.ToManifest(mode),
                Data = new DataSpec
                {
                    Reference = data.Reference,
                    ContentHash = data.Train.ContentHash,
                    Counts = new Dictionary<string, long> { ["train"] = split.Train.Length, ["validation"] = split.Validation.Length, ["test"] = data.Test.Count },
                },
                Seed = request.Recipe.Seed,
                Engine = new EngineSpec("libtorch", TorchDevice.EngineVersion),
                Device = device.ToString(),
                Threads = threads,
            },
            Metrics = metrics,
        };
    }

    private static SplitMetrics Metrics(SplitScore score) => new(score.Images, score.Accuracy, double.IsFinite(score.Loss) ? score.Loss : null);

    private static TensorSpec Spec(ValueInfo value) => new(value.Name, value.Type.Element.Display(), value.Type.Shape?.ToString() ?? "?");
}
