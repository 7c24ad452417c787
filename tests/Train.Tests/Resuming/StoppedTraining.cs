using Toolchain.Graphs.Safetensors;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Loop.Checkpoints;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Resuming;

/// <summary>A training in this process that is stopped at certain moments and goes on from what it wrote to the disk, each time with everything made anew.</summary>
internal sealed class StoppedTraining(string network, IReadOnlyDictionary<string, string> arguments, string data, ComputeMode mode, IReadOnlyList<string> settings)
{
    private readonly CommandConsole _console = new(new() { Output = TextWriter.Null, Error = TextWriter.Null, Time = TimeProvider.System }, json: false);

    /// <summary>What is on the disk at the end, by what it is: the state's tensors, its numbers without the timings, and the best and last weights.</summary>
    /// <param name="stops">Steps after which it is stopped; −2 stops it in the validation of the second epoch.</param>
    public IReadOnlyDictionary<string, byte[]> Run(params int[] stops)
    {
        var path = Session.NewPath("run");
        foreach (var stop in stops)
        {
            using var cancellation = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => Part(path, new StopsAfter(stop, cancellation), cancellation.Token));
        }

        var report = Part(path, new StopsAfter(0, null), default);
        using var folder = RunFolder.At(path);
        var end = folder.States.Latest(Assert.Fail)!;
        var untimed = end.State with { Throughput = default, Reports = [.. end.State.Reports.Select(static r => r with { ImagesPerSecond = 0, Seconds = 0 })] };
        Assert.Equal(report.Epochs.Count, end.State.Reports.Count);
        return new Dictionary<string, byte[]>
        {
            ["state"] = System.Text.Encoding.UTF8.GetBytes(untimed.Write()),
            ["weights"] = Bytes(end.Weights),
            ["optimizer"] = Bytes(end.Optimizer),
            ["average"] = Bytes(end.Average),
            ["best"] = File.ReadAllBytes(folder.Best),
            ["last"] = File.ReadAllBytes(folder.Last),
        };
    }

    private TrainingReport Part(string path, StopsAfter stops, CancellationToken cancellation)
    {
        var request = new TrainingRequest
        {
            Source = NetworkSource.Resolve(network, arguments),
            Data = data,
            Recipe = RecipeRules.Compose(new() { Epochs = 3, BatchSize = 16, Seed = 3 }, [.. settings.Select(Given)]),
            ModelName = network,
            Threads = 1,
            Precision = mode.Precision,
            Layout = mode.Layout,
            RunsFolder = path,
        };
        using var training = new PreparedTraining(request, _console, cancellation);
        using var run = RunFolder.At(path);
        using var display = new TrainingDisplay(_console);
        using var observers = new RunObservers(display, stops);
        return training.Train(network, training.Request.Recipe, run, run.States.Latest(Assert.Fail), null, display, observers, null, cancellation);
    }

    private static GivenSetting Given(string text) => text.Split('=', 2) is var parts ? new(RecipeSettings.Get(parts[0], "test"), [parts[1]], parts[0]) : throw new InvalidOperationException(text);

    private static byte[] Bytes(IReadOnlyDictionary<string, Toolchain.Graphs.TensorData> tensors)
    {
        using var memory = new MemoryStream();
        SafetensorsFile.Write(memory, tensors.OrderBy(static t => t.Key, StringComparer.Ordinal));
        return memory.ToArray();
    }

    // After a step, or, with a number below 0, in the validation of an epoch.
    private sealed class StopsAfter(int moment, CancellationTokenSource? stop) : RunObserver
    {
        public override void ValidationStarted(int epoch)
        {
            if (epoch == -moment)
            {
                stop?.Cancel();
            }
        }

        public override void StepEnded(in StepReport step)
        {
            if (step.Step == moment)
            {
                stop!.Cancel();
            }
        }
    }
}
