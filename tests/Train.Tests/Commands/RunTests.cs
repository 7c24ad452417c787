using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Safetensors;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tests.Support;
using TorchSharp;

namespace Toolchain.Train.Tests.Commands;

/// <summary>Whole runs through the command line, on the first images of the real Fashion-MNIST.</summary>
public sealed class RunTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task A_run_publishes_a_version_that_is_complete_and_true()
    {
        var run = await _work.TrainAsync("cnnnet", "--set", "size=small", "--data", SmallData.Reference, "--epochs", "3", "--batch", "32", "--name", "small", "--json");
        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, string.Concat(run.Error.Split('\n').Where(static l => l.StartsWith("train:", StringComparison.Ordinal)))));
        Assert.Equal(["small:1"], _work.Published);
        var version = _work.Registry.Resolve("small");
        RequireResult(run.Result, version);
        RequireManifest(version.Manifest);
        RequireLog(run.Result);
        RequireProbe(version);

        var evaluated = await _work.CallAsync("evaluate", "small", "--data", SmallData.Reference, "--threads", "1", "--json");
        Assert.Equal(ExitCode.Ok, evaluated.ExitCode);
        Assert.Equal((double)run.Result["accuracy"]!, (double)evaluated.Result["accuracy"]!);
        Assert.Equal((double)run.Result["loss"]!, (double)evaluated.Result["loss"]!, 1e-6);
        Assert.Equal(("small:1", 256), ((string)evaluated.Result["model"]!, (int)evaluated.Result["images"]!));
        Assert.Contains("small:1 on idx:", evaluated.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one-cycle", null)]
    [InlineData("step", "--gamma=0")]
    public async Task The_best_epoch_is_the_first_of_the_highest_validation_accuracy(string schedule, string? more)
    {
        var run = await _work.TrainAsync(["mlp", "--data", SmallData.Reference, "--epochs", "3", "--batch", "64", "--validation", "0.2", "--schedule", schedule, "--json", .. more is null ? Array.Empty<string>() : [more]]);
        var accuracies = _work.Log.Where(static l => (string)l["kind"]! == "epoch").Select(static l => (double)l["validation_accuracy"]!).ToArray();
        Assert.Equal(3, accuracies.Length);
        var best = Array.IndexOf(accuracies, accuracies.Max()) + 1;
        Assert.Equal(best, (int)run.Result["best_epoch"]!);

        // A factor of zero stops all learning after the first epoch: three equals, of which the first is kept.
        Assert.Equal(more is null ? best : 1, best);
        var kept = SafetensorsFile.Read(Path.Combine(_work.Run, "checkpoints", "best.safetensors"));
        Assert.Equal($"{best}", kept.Metadata["epoch"]);
        var published = OnnxFile.Read(_work.Registry.Resolve("mlp").OpenArtifact(ArtifactKinds.Graph).Path).Graph;
        Assert.All(published.Initializers, p => Assert.True(kept.Tensors[p.Key].ContentEquals(p.Value), p.Key));
        Assert.Equal("3", SafetensorsFile.Read(Path.Combine(_work.Run, "checkpoints", "last.safetensors")).Metadata["epoch"]);
    }

    [Fact]
    public async Task The_seed_decides_every_bit_and_the_workers_none()
    {
        byte[][] files = [await Weights("7", "1"), await Weights("7", "3"), await Weights("8", "1")];
        Assert.Equal(files[0], files[1]);
        Assert.NotEqual(files[0], files[2]);

        static async Task<byte[]> Weights(string seed, string workers)
        {
            // With dropout, shuffling, shifts and flips: everything random that there is.
            var work = new Workplace();
            var run = await work.TrainAsync(
                "cnnnet", "--set", "size=small", "--data", SmallData.Tiny, "--epochs", "2", "--batch", "32", "--crop", "2", "--flip",
                "--seed", seed, "--workers", workers, "--out-weights", work.PathOf("w.safetensors"));
            Assert.Equal(ExitCode.Ok, run.ExitCode);
            return File.ReadAllBytes(work.PathOf("w.safetensors"));
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(10, 2)]
    public async Task Steps_end_a_run_exactly(int steps, int epochs)
    {
        // 288 training images are four batches of 64, and what is left over.
        var run = await _work.TrainAsync("mlp", "--data", SmallData.Tiny, "--batch", "64", "--epochs", "2", "--steps", $"{steps}", "--json");
        Assert.Equal((ExitCode.Ok, Math.Min(steps, 8), epochs), (run.ExitCode, (int)run.Result["steps"]!, (int)run.Result["epochs"]!));
        Assert.True((double)run.Result["images_per_second"]! > 0);
    }

    [Fact]
    public async Task Steps_alone_decide_the_length_of_a_run()
    {
        // Four batches make an epoch, so that the default of five epochs would end after 20 steps.
        var run = await _work.TrainAsync("mlp", "--set", "hidden=8", "--data", SmallData.Tiny, "--batch", "64", "--steps", "25", "--json");
        Assert.Equal((ExitCode.Ok, 25, 7), (run.ExitCode, (int)run.Result["steps"]!, (int)run.Result["epochs"]!));
    }

    [Fact]
    public async Task The_weights_are_also_written_to_a_file()
    {
        var run = await _work.TrainAsync("mlp", "--set", "hidden=8", "--data", SmallData.Tiny, "--epochs", "1", "--out-weights", _work.PathOf("w.safetensors"));
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var file = SafetensorsFile.Read(_work.PathOf("w.safetensors"));
        Assert.Equal("pt", file.Metadata["format"]);
        var graph = OnnxFile.Read(_work.Registry.Resolve("mlp:1").OpenArtifact(ArtifactKinds.Graph).Path).Graph;
        Assert.Equal(graph.Initializers.Keys, file.Tensors.Keys);
        Assert.All(graph.Initializers, p => Assert.True(p.Value.ContentEquals(file.Tensors[p.Key]), p.Key));
    }

    [Fact]
    public async Task Without_validation_the_last_epoch_is_taken()
    {
        var run = await _work.TrainAsync("mlp", "--data", SmallData.Tiny, "--epochs", "2", "--validation", "0", "--json");
        Assert.Equal(2, (int)run.Result["best_epoch"]!);
        Assert.All(_work.Log.Where(static l => (string)l["kind"]! == "epoch"), static l => Assert.Null(l["validation_accuracy"]));
        Assert.Equal(["test", "train"], _work.Registry.Resolve("mlp").Manifest.Metrics.Keys);
    }

    [Fact]
    public async Task Gradient_descent_and_reduced_precision_are_taken_and_recorded()
    {
        var run = await _work.TrainAsync(
            "resblocks", "--set", "blocks=1", "--set", "width=4", "--data", SmallData.Tiny, "--epochs", "1", "--optimizer", "sgd", "--schedule", "step", "--lr", "0.02", "--momentum", "0.8",
            "--weight-decay", "0.001", "--precision", "bfloat16", "--layout", "channels_last", "--json");
        Assert.Equal(("bfloat16", "channels_last"), ((string)run.Result["precision"]!, (string)run.Result["layout"]!));
        var recipe = _work.Registry.Resolve("resblocks").Manifest.Training!.Recipe;
        Assert.Equal(
            "batch=128 epochs=1 gamma=0.1 layout=channels_last lr=0.02 momentum=0.8 optimizer=sgd precision=bfloat16 schedule=step step_size=1 validation=0.1 weight_decay=0.001",
            string.Join(' ', recipe.Where(static p => p.Key is "batch" or "epochs" or "gamma" or "layout" or "lr" or "momentum" or "optimizer" or "precision" or "schedule" or "step_size" or "validation" or "weight_decay")
                .Select(static p => $"{p.Key}={p.Value.GetRawText().Trim('"')}")));

        // All settings are there, those of the standard recipe too, except what is off or has no effect here.
        Assert.Equal(
            RecipeSettings.Write(new() { Optimizer = OptimizerKind.Sgd, Schedule = ScheduleKind.Step }).Keys.Append("momentum").Append("layout").Append("precision").Order(StringComparer.Ordinal), recipe.Keys);
        Assert.Contains("computing in bfloat16 channels_last (as asked); --precision and --layout override", run.Error, StringComparison.Ordinal);
        RequireProbe(_work.Registry.Resolve("resblocks"));
    }

    [Fact]
    public async Task Two_runs_in_one_second_have_folders_of_their_own()
    {
        string[] args = ["mlp", "--set", "hidden=4", "--data", SmallData.Tiny, "--steps", "1"];
        Assert.Equal(ExitCode.Ok, (await _work.TrainAsync(args)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _work.TrainAsync(args)).ExitCode);
        Assert.Equal(["mlp-20260131-120000", "mlp-20260131-120000-2"], Directory.GetDirectories(_work.Runs).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["mlp:1", "mlp:2"], _work.Published);
    }

    [Fact]
    public async Task A_whole_run_leaves_no_tensor()
    {
        string[] args = ["mlp", "--set", "hidden=4", "--data", SmallData.Tiny, "--steps", "3"];
        await _work.TrainAsync(args);
        var before = Live();
        await _work.TrainAsync(args);
        Assert.Equal(before, Live());

        static long Live()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return torch.Tensor.TotalCount;
        }
    }

    private static void RequireResult(JsonNode result, ModelVersion version)
    {
        Assert.Equal(
            ["model", "accuracy", "loss", "images", "images_per_second", "seconds", "peak_rss_bytes", "epochs", "best_epoch", "ended_early", "steps", "batch", "precision", "layout", "run", "findings", "brier", "ece", "macro_f1"],
            result.AsObject().Select(static p => p.Key).Take(16).Concat(result.AsObject().Select(static p => p.Key).Skip(16).Order(StringComparer.Ordinal)));
        Assert.Equal(("small:1", 256, 3, 84), ((string)result["model"]!, (int)result["images"]!, (int)result["epochs"]!, (int)result["steps"]!));

        // Ten classes: chance is 0.1, and 84 steps are enough to be far from it.
        Assert.InRange((double)result["accuracy"]!, 0.5, 1);
        Assert.True((double)result["images_per_second"]! > 0 && (double)result["seconds"]! > 0);
        Assert.InRange((long)result["peak_rss_bytes"]!, 50L << 20, 16L << 30);
        Assert.Equal(version.Manifest.Metrics["test"].Accuracy, (double)result["accuracy"]!);
        Assert.Equal(version.Manifest.Metrics["test"].Loss, (double)result["loss"]!);
    }

    private static void RequireManifest(ModelManifest manifest)
    {
        Assert.Equal(("classification", "cnnnet", "small"), (manifest.Task, manifest.Network!.Name, manifest.Network.Arguments["size"]));
        Assert.Equal((1, 28, 28), (manifest.Preprocessing.Channels, manifest.Preprocessing.Height, manifest.Preprocessing.Width));
        Assert.InRange(manifest.Preprocessing.Mean[0], 0.2f, 0.4f);
        Assert.Equal("Ankle boot", manifest.Labels[9]);
        var training = manifest.Training!;
        Assert.Equal((0L, "cpu", 1, "libtorch"), (training.Seed, training.Device, training.Threads, training.Engine.Name));
        Assert.Equal(SmallData.Reference, training.Data.Reference);
        Assert.Equal(DatasetCatalog.Open(SmallData.Reference).Train.ContentHash, training.Data.ContentHash);
        Assert.Equal("test=256 train=922 validation=102", string.Join(' ', training.Data.Counts.Select(static p => $"{p.Key}={p.Value}")));
        Assert.Equal("adam one-cycle 0.002", $"{training.Recipe["optimizer"]} {training.Recipe["schedule"]} {training.Recipe["lr"]}");
        Assert.Equal("test=256 train=896 validation=102", string.Join(' ', manifest.Metrics.Select(static p => $"{p.Key}={p.Value.Images}")));
        var graph = Assert.Single(manifest.Artifacts, static a => a.Kind == ArtifactKinds.Graph);
        Assert.Equal("graph.onnx float32 17 input float32 [N, 1, 28, 28] logits float32 [N, 10]", $"{graph.File} {graph.Precision} {graph.Opset} {string.Join(' ', graph.Inputs.Concat(graph.Outputs).Select(static t => $"{t.Name} {t.Type} {t.Shape}"))}");
        Assert.Equal("probe.safetensors", Assert.Single(manifest.Artifacts, static a => a.Kind == ArtifactKinds.Probe).File);
    }

    private void RequireLog(JsonNode result)
    {
        var log = _work.Log.Where(static l => (string)l["kind"]! is "start" or "epoch" or "end").ToArray();
        Assert.Equal(["start", "epoch", "epoch", "epoch", "end"], log.Select(static l => (string)l["kind"]!));
        var start = log[0];
        Assert.Equal(("small", "cnnnet", 922, 102, 1), ((string)start["model"]!, (string)start["network"]!, (int)start["train_images"]!, (int)start["validation_images"]!, (int)start["threads"]!));
        Assert.Equal("one-cycle", (string)start["recipe"]!["schedule"]!);
        Assert.All(log.Skip(1).Take(3).Select(static (line, i) => (line, i)), static p =>
        {
            Assert.Equal((p.i + 1, 28 * (p.i + 1)), ((int)p.line["epoch"]!, (int)p.line["steps"]!));
            foreach (var key in new[] { "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate", "images_per_second", "seconds" })
            {
                Assert.True((double)p.line[key]! >= 0, key);
            }
        });
        Assert.Equal(0.002 / 250_000, (double)log[3]["learning_rate"]!, 1e-12);
        Assert.Equal(((string)result["model"]!, (double)result["accuracy"]!), ((string)log[4]["model"]!, (double)log[4]["test_accuracy"]!));
    }

    /// <summary>The published graph, run by ONNX Runtime on the probe's normalised pixels, gives the probe's logits.</summary>
    private static void RequireProbe(ModelVersion version)
    {
        var probe = SafetensorsFile.Read(version.OpenArtifact(ArtifactKinds.Probe).Path).Tensors;
        var (pixels, preprocessing) = (probe["pixels"], version.Manifest.Preprocessing);
        Assert.Equal(("[8, 28, 28, 1]", "[8, 10]"), (pixels.Dimensions.ToString(), probe["logits"].Dimensions.ToString()));
        var input = TensorData.Of<float>(pixels.Values<byte>().ToArray().Select(v => ((v / 255f) - preprocessing.Mean[0]) / preprocessing.Std[0]).ToArray(), 8, 1, 28, 28);
        using var session = ModelSession.Load(version.OpenArtifact(ArtifactKinds.Graph).Path, new SessionSpec { Device = DeviceSpec.Cpu, Threads = 1 });
        Tolerance.Holds(Tolerance.Network, probe["logits"], session.Run(new Dictionary<string, TensorData> { ["input"] = input })["logits"], "probe");
    }
}
