using System.Text.Json;
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

    /// <summary>The recipe with the way of computing, as manifests and logs hold it.</summary>
    public static IReadOnlyDictionary<string, JsonElement> RecipeOf(TrainingRecipe recipe, ComputeMode mode) =>
        new Dictionary<string, JsonElement>(RecipeSettings.Write(recipe), StringComparer.Ordinal)
        {
            ["precision"] = JsonSerializer.SerializeToElement(ComputeMode.Text(mode.Precision)),
            ["layout"] = JsonSerializer.SerializeToElement(ComputeMode.Text(mode.Layout)),
        };

    /// <summary>Publishes a new version.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="trained">The graph with the trained weights.</param>
    /// <param name="epoch">The epoch that they are of.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public TrainedModel Publish(string name, Graph trained, EpochReport epoch, CancellationToken cancellation)
    {
        var test = TestMeasurement.Of(name, trained, data.Preprocessing, data.Splits.Test, device, cancellation);
        using var draft = registry.NewVersion(name);
        draft.AddGraph(trained, test.Accuracy);
        draft.AddProbe(ProbeOf(trained));
        return new(draft.Publish(Manifest(epoch, test)), test, epoch.Epoch, trained.Initializers);
    }

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

    private ModelManifest Manifest(EpochReport epoch, SplitMetrics test)
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
                Recipe = RecipeOf(recipe, mode),
                Data = new DataSpec
                {
                    Reference = data.Splits.Reference,
                    ContentHash = source.ContentHash,
                    TestHash = data.Splits.Test.ContentHash,
                    Counts = new Dictionary<string, long> { ["train"] = split.Train.Length, ["validation"] = split.Validation.Length, ["test"] = data.Splits.Test.Count },
                    Split = data.Division,
                    Skipped = data.Splits.Skipped.IsEmpty ? null : data.Splits.Skipped.Length,
                },
                Seed = recipe.Seed,
                Engine = new EngineSpec("libtorch", TorchDevice.EngineVersion),
                Device = device.ToString(),
                Threads = threads,
            },
            Metrics = metrics,
            Parents = request.Source is ModelSource parent ? [new(parent.Reference.ToString(), ParentRoles.InitialWeights)] : [],
        };
    }

    private static SplitMetrics Metrics(SplitScore score) => SplitMetrics.Of(score.Images, score.Accuracy, score.Loss, []);
}
