using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;
using TorchSharp;

namespace Toolchain.Train.Loop;

/// <summary>
/// Measures a trained network on the test split and puts it into the registry: graph, probe, and a manifest from which one can walk back to the data and
/// the seed. What is published is float32, so it is measured, and the probe is computed, in float32.
/// </summary>
internal sealed class Publication(
    TrainingRequest request, ModelRegistry registry, TrainingRecipe recipe, TrainingData data, ComputeMode mode, torch.Device device, int threads)
{
    private const int LargestProbe = 8;

    /// <summary>Publishes a new version.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="trained">The graph with the trained weights.</param>
    /// <param name="epoch">The epoch that they are of.</param>
    /// <param name="snapshot">Which of a training's snapshots it is, from 1; null for its only model.</param>
    /// <param name="resumed">
    /// When the run began whose process may have ended between the publication and writing down that it had happened; null in a run that nothing has interrupted.
    /// What was published since then with the same weights is this very model.
    /// </param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>); nothing is published.</exception>
    public TrainedModel Publish(string name, Graph trained, EpochReport epoch, int? snapshot, DateTimeOffset? resumed, CancellationToken cancellation)
    {
        var test = TestMeasurement.Of(name, trained, data.Preprocessing, data.Splits.Test, device, cancellation);
        try
        {
            return Publish(name, trained, test, epoch, snapshot, resumed);
        }
        catch (ToolchainException failure) when (failure is { Kind: ErrorKind.Unavailable, InnerException: IOException or UnauthorizedAccessException or ArgumentOutOfRangeException })
        {
            throw new ToolchainException(failure.Kind, $"{failure.Message} Free some space; {name} was not published.", failure);
        }
    }

    private TrainedModel Publish(string name, Graph trained, SplitMetrics test, EpochReport epoch, int? snapshot, DateTimeOffset? resumed)
    {
        using var draft = registry.NewVersion(name);
        var graph = draft.AddGraph(trained, test.Accuracy);
        if (resumed is { } begun && PublishedSince(begun, name, graph.Sha256) is { } there)
        {
            return new(there, test, epoch.Epoch, trained.Initializers);
        }

        draft.AddProbe(ProbeOf(trained));
        return new(draft.Publish(Manifest(epoch, test, snapshot)), test, epoch.Epoch, trained.Initializers);
    }

    private ModelVersion? PublishedSince(DateTimeOffset begun, string name, string sha256) => registry.List()
        .Where(m => m.Name == name && m.Manifest is { } manifest && manifest.Created.ToUnixTimeSeconds() >= begun.ToUnixTimeSeconds() && manifest.Find(ArtifactKinds.Graph)?.Sha256 == sha256)
        .Select(m => registry.Resolve(ModelReference.To(m.Name, m.Version)))
        .FirstOrDefault();

    private Probe ProbeOf(Graph trained)
    {
        using var frozen = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var network = new GraphExecutor(trained, device);
        using var feeder = new BatchFeeder(data.Preprocessing, device, ComputeMode.Default);
        var samples = data.Splits.Test.Subset([.. Enumerable.Range(0, Math.Min(LargestProbe, data.Splits.Test.Count))]);
        EquatableArray<long> shape = [samples.Count, samples.Height, samples.Width, samples.Channels];
        return samples.Inputs switch
        {
            ImageInputs images => new(
                new(ElementType.UInt8, shape, images.Pixels), network.Forward(feeder.Load(images.Pixels.Span, samples.Count)).ToTensorData()),
            TableInputs table => new(
                TensorData.Of<float>(table.Numbers.Span, shape.AsSpan().ToArray()), network.Forward(feeder.Load(table.Numbers.Span, samples.Count)).ToTensorData()),
            _ => throw new InvalidOperationException($"Unknown inputs {samples.Inputs.GetType().Name}."),
        };
    }

    private ModelManifest Manifest(EpochReport epoch, SplitMetrics test, int? snapshot)
    {
        var metrics = new Dictionary<string, SplitMetrics>
        {
            ["train"] = Metrics(epoch.Train),
            ["test"] = test,
        };
        if (epoch.Validation is { } validation)
        {
            metrics["validation"] = Metrics(validation);
        }

        var (source, split) = (data.Splits.Train, data.Split);
        return new()
        {
            Task = data.Task.Text(),
            Network = request.Source.Network is { } network ? network with { Edits = [.. network.Edits, .. request.Edits.Text] } : null,
            Import = request.Source.Import,
            Preprocessing = data.Preprocessing,
            Labels = [.. source.OutputNames],
            Training = new TrainingSpec
            {
                Recipe = WrittenRecipe.Of(recipe, mode),
                Data = new DataSpec
                {
                    Reference = data.Splits.Reference,
                    ContentHash = data.Opened.Train.ContentHash,
                    TestHash = data.Opened.Test.ContentHash,
                    Counts = new Dictionary<string, long> { ["train"] = split.Train.Length, ["validation"] = split.Validation.Length, ["test"] = data.Splits.Test.Count },
                    Split = data.Division,
                    ImageSize = request.Reading.Size is { } size ? new ImageExtent(size).ToString() : null,
                    Skipped = data.Splits.Skipped.IsEmpty ? null : data.Splits.Skipped.Length,
                },
                Seed = recipe.Seed,
                Engine = TorchDevice.Engine,
                Device = device.ToString(),
                Threads = threads,
                Processor = HostProcessor.Current,
                Edits = request.Edits.Text,
                FreshHead = request.NewHead is not null,
                Snapshot = snapshot,
            },
            Metrics = metrics,
            Parents = request.Source is ModelSource parent ? [parent.Parent] : [],
        };
    }

    private static SplitMetrics Metrics(SplitScore score) => SplitMetrics.Of(score.Images, score.Accuracy, score.Loss, []);
}
