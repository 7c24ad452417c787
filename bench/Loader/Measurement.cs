using System.Diagnostics;
using System.Globalization;
using Toolchain.Data;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Bench.Loader;

/// <summary>What is measured.</summary>
internal static class Measurement
{
    private const int LoadedBatch = 64;
    private const int WarmUpSteps = 2;

    // As ImageNet's networks have them; the values cost nothing.
    private static readonly (float[] Mean, float[] Std) Normalisation = ([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>Batches as float32 tensors, without a network.</summary>
    public static void Load(string folder, string cache, int workers, int epochs)
    {
        set_num_threads(1);
        var data = Open(folder, cache);
        using var feeder = Feeder(data);
        var loader = Batches(data, LoadedBatch, workers);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var (started, images) = (Stopwatch.GetTimestamp(), 0);
            foreach (var batch in loader.Epoch(epoch))
            {
                using var scope = NewDisposeScope();
                using (batch)
                    images += (int)feeder.Load(batch).Inputs.shape[0];
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{images / Stopwatch.GetElapsedTime(started).TotalSeconds:0.0}"));
        }
    }

    /// <summary>Steps of resnet18.</summary>
    public static void Wait(string folder, string cache, int workers, int steps, int batchSize)
    {
        set_num_threads(Environment.ProcessorCount);
        var data = Open(folder, cache);
        var graph = NetworkCatalog.Get("resnet18").Build(new(data.Channels, data.Height, data.Width), data.ClassNames.Length);
        using var network = new GraphExecutor(graph, CPU, new(Precision.Float32, MemoryLayout.ChannelsLast)) { Training = true };
        using var feeder = new BatchFeeder(Preprocessing(data), CPU, new(Precision.Float32, MemoryLayout.ChannelsLast));
        using var optimizer = new Sgd([new ParameterGroup("all", network.Weights.Parameters)], 0.9);
        var loader = Batches(data, batchSize, workers);
        var (done, started, waited) = (0, 0L, TimeSpan.Zero);
        for (var epoch = 0; done < steps + WarmUpSteps; epoch++)
        {
            foreach (var batch in loader.Epoch(epoch))
            {
                if (done == WarmUpSteps)
                    (started, waited) = (Stopwatch.GetTimestamp(), loader.WaitTime - loader.LastWait);
                using (batch)
                    Step(network, feeder, optimizer, batch);
                if (++done == steps + WarmUpSteps)
                    break;
            }
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(loader.WaitTime - waited).TotalSeconds / seconds:0.00000} {steps * batchSize / seconds:0.0}"));
    }

    private static void Step(GraphExecutor network, BatchFeeder feeder, Optimizer optimizer, Batch batch)
    {
        using var scope = NewDisposeScope();
        var loaded = feeder.Load(batch);
        network.Backward(nn.functional.cross_entropy(network.ForwardForBackward(loaded.Inputs), loaded.Targets));
        optimizer.Step(new(0.01));
    }

    private static Dataset Open(string folder, string cache) => DatasetCatalog.Open($"folder:{folder}", new() { Cache = cache == "off" ? null : cache }).Train;

    private static BatchLoader Batches(Dataset data, int batchSize, int workers) => new(data, [.. Enumerable.Range(0, data.Count)], new()
    {
        BatchSize = batchSize,
        Shuffle = true,
        DropLast = true,
        Workers = workers,
        Augmentation = new() { Crop = new(4), Flip = new() },
    });

    private static Preprocessing Preprocessing(Dataset data) => new(data.Channels, data.Height, data.Width, [.. Normalisation.Mean], [.. Normalisation.Std]);

    private static BatchFeeder Feeder(Dataset data) => new(Preprocessing(data), CPU, ComputeMode.Default);
}
