using System.Diagnostics;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using TorchSharp;

namespace Toolchain.Train.Loop;

/// <summary>What a run trains, on what, and where the results go.</summary>
/// <param name="Network">The network.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Data">The data set's reference.</param>
/// <param name="Recipe">How to train.</param>
/// <param name="ModelName">The model's name in the registry.</param>
/// <param name="Device">Where to train.</param>
/// <param name="Threads">Computing threads; null for one per core.</param>
/// <param name="Workers">Threads that prepare batches.</param>
/// <param name="Precision">The precision that was asked for; null to choose.</param>
/// <param name="Layout">The memory layout that was asked for; null to choose.</param>
/// <param name="RunsFolder">Where run folders are made.</param>
internal sealed record TrainingRequest(
    Network Network, NetworkArguments Arguments, string Data, TrainingRecipe Recipe, string ModelName, DeviceSpec Device, int? Threads, int Workers,
    Precision? Precision, MemoryLayout? Layout, string RunsFolder);

/// <summary>What came of a run.</summary>
/// <param name="Model">The published version.</param>
/// <param name="Test">Loss and accuracy of the best epoch's weights on the test split, in float32.</param>
/// <param name="Training">The epochs.</param>
/// <param name="Weights">The best epoch's weights.</param>
/// <param name="Mode">How it computed.</param>
/// <param name="RunFolder">The run's folder.</param>
/// <param name="Seconds">Wall time of the whole run.</param>
internal sealed record TrainingOutcome(
    ModelVersion Model, SplitScore Test, TrainingReport Training, IReadOnlyDictionary<string, TensorData> Weights, ComputeMode Mode, string RunFolder, double Seconds);

/// <summary>A whole run: data, split, network, training, the measurement on the test split, publication.</summary>
internal sealed class TrainingRun(TrainingRequest request, ModelRegistry registry, CommandConsole console, TimeProvider time)
{
    private const int LargestProbe = 8;

    /// <summary>Runs it.</summary>
    public TrainingOutcome Execute(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var recipe = request.Recipe;
        var device = TorchDevice.Resolve(request.Device);
        var threads = TorchDevice.UseThreads(request.Threads);

        var data = DatasetCatalog.Open(request.Data);
        var split = Split.Stratified(data.Train.Labels, recipe.ValidationShare, recipe.Seed);
        RequireBatch(split.Train.Length);
        var statistics = ChannelStatistics.Of(data.Train, split.Train);
        var preprocessing = new Preprocessing(data.Train.Channels, data.Train.Height, data.Train.Width, statistics.Mean, statistics.Std);
        var graph = request.Network.Build(new(data.Train.Channels, data.Train.Height, data.Train.Width), data.Train.ClassNames.Length, request.Arguments, recipe.Seed);
        var chosen = ComputeModeChoice.Choose(graph, device, recipe.BatchSize, request.Precision, request.Layout, ComputeModeMemory.OfUser);
        Announce(data, split, graph, device, threads, chosen);

        using var run = RunFolder.Create(request.RunsFolder, request.ModelName, time);
        run.Log("start", Start(data, split, chosen, device, threads));

        // Everything random from here on, such as dropout's masks, follows from the seed.
        torch.manual_seed(recipe.Seed);
        var report = Train(graph, data, split, preprocessing, device, chosen.Mode, run, cancellation);
        var trained = graph with { Initializers = graph.Initializers.Select((name, _) => report.BestWeights[name]) };
        var (test, probe) = Measure(trained, data, preprocessing, device, cancellation);
        var model = new Publication(request, registry).Publish(trained, probe, data, split, preprocessing, report, test, chosen.Mode, device, threads);
        LogEnd(run, model, report, test);
        return new(model, test, report, report.BestWeights, chosen.Mode, run.Path, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private TrainingReport Train(
        Graph graph, DatasetSplits data, Split split, Preprocessing preprocessing, torch.Device device, ComputeMode mode, RunFolder run, CancellationToken cancellation)
    {
        var recipe = request.Recipe;
        using var network = new GraphExecutor(graph, device, mode);
        using var feeder = new ImageFeeder(preprocessing, device, mode);
        var training = new BatchLoader(data.Train, split.Train, new()
        {
            BatchSize = recipe.BatchSize,
            Shuffle = true,
            DropLast = true,
            Seed = recipe.Seed,
            Workers = request.Workers,
            Augmentation = recipe is { CropPadding: 0, HorizontalFlip: false } ? null : new()
            {
                Crop = recipe.CropPadding > 0 ? new(recipe.CropPadding) : null,
                Flip = recipe.HorizontalFlip ? new() : null,
            },
        });
        var validation = split.Validation.Length == 0 ? null : new BatchLoader(data.Train, split.Validation, new() { BatchSize = recipe.BatchSize });
        var display = new TrainingDisplay(console);
        var trainer = new Trainer(recipe, network, feeder, training, validation, run, display);
        try
        {
            return display.Run(() => trainer.Run(cancellation));
        }
        catch (OperationCanceledException)
        {
            console.Line($"Stopped. {run.WhatIsKept()}");
            throw;
        }
    }

    // The weights are published in float32, so they are measured, and the probe is computed, in float32.
    private static (SplitScore Test, Probe Probe) Measure(Graph trained, DatasetSplits data, Preprocessing preprocessing, torch.Device device, CancellationToken cancellation)
    {
        using var network = new GraphExecutor(trained, device);
        using var feeder = new ImageFeeder(preprocessing, device, ComputeMode.Default);
        var all = new BatchLoader(data.Test, Enumerable.Range(0, data.Test.Count).ToArray());
        return (Evaluator.Measure(network, feeder, all, cancellation), ComputeProbe(network, feeder, data.Test));
    }

    private static Probe ComputeProbe(GraphExecutor network, ImageFeeder feeder, Dataset images)
    {
        using var frozen = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var count = Math.Min(LargestProbe, images.Count);
        var pixels = images.Pixels[..(count * images.ImageBytes)];
        var logits = network.Forward(feeder.Load(pixels.Span, count)).ToTensorData();
        return new(new(ElementType.UInt8, [count, images.Height, images.Width, images.Channels], pixels), logits);
    }

    // The model is published; a log that cannot be finished does not take that back.
    private void LogEnd(RunFolder run, ModelVersion model, TrainingReport report, SplitScore test)
    {
        try
        {
            run.Log("end", new JsonObject
            {
                ["model"] = model.ToString(),
                ["best_epoch"] = report.BestEpoch,
                ["test_loss"] = double.IsFinite(test.Loss) ? test.Loss : null,
                ["test_accuracy"] = test.Accuracy,
            });
        }
        catch (ToolchainException failure) when (failure.Kind == ErrorKind.Unavailable)
        {
            console.Warn($"model {model} was published, but its run's log could not be finished: {failure.InnerException?.Message}");
        }
    }

    private void RequireBatch(int images)
    {
        if (images < request.Recipe.BatchSize)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--batch is {request.Recipe.BatchSize}, but the training split of {request.Data} has {images} images. Use a smaller --batch or --validation.");
        }
    }

    private void Announce(DatasetSplits data, Split split, Graph graph, torch.Device device, int threads, ChosenMode chosen)
    {
        var parameters = LayerTable.Of(graph).Trainable;
        console.Line(FormattableString.Invariant(
            $"{request.ModelName}: network {graph.Name}, {parameters:n0} parameters, on {device}, {threads} threads"));
        console.Line(FormattableString.Invariant(
            $"{data.Reference}: {split.Train.Length:n0} training, {split.Validation.Length:n0} validation, {data.Test.Count:n0} test images of {data.Train.Channels}x{data.Train.Height}x{data.Train.Width}, {data.Train.ClassNames.Length} classes"));
        console.Line($"computing in {chosen.Mode} ({chosen.Reason}); --precision and --layout override");
    }

    private JsonObject Start(DatasetSplits data, Split split, ChosenMode chosen, torch.Device device, int threads)
    {
        var recipe = new JsonObject();
        foreach (var (name, value) in request.Recipe.ToManifest(chosen.Mode))
        {
            recipe[name] = JsonNode.Parse(value.GetRawText());
        }

        return new()
        {
            ["model"] = request.ModelName,
            ["network"] = request.Network.Name,
            ["data"] = data.Reference,
            ["train_images"] = split.Train.Length,
            ["validation_images"] = split.Validation.Length,
            ["recipe"] = recipe,
            ["seed"] = request.Recipe.Seed,
            ["device"] = device.ToString(),
            ["threads"] = threads,
        };
    }
}
