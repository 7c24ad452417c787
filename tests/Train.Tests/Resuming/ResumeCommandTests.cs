using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Resuming.StoppedRuns;

namespace Toolchain.Train.Tests.Resuming;

/// <summary><c>train resume</c>: what is published is what an uninterrupted run publishes.</summary>
public sealed class ResumeCommandTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task A_run_that_was_stopped_publishes_what_an_uninterrupted_one_does()
    {
        var straight = new Workplace();
        var whole = await straight.TrainedAsync([.. Small, "--name", "m", "--out-weights", straight.PathOf("w.safetensors")]);

        await StopAsync(_work, "epoch  2 ", [.. Small, "--name", "m", "--out-weights", _work.PathOf("w.safetensors")]);
        Assert.Empty(_work.Published);
        var resumed = await _work.CallAsync("resume", _work.Run, "--json");

        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        Assert.Equal(["m:1"], _work.Published);
        SameModel(straight, _work, "m");
        Assert.Equal(Untimed(whole.Answer.Result), Untimed(resumed.Result));
        Assert.Equal(File.ReadAllBytes(straight.PathOf("w.safetensors")), File.ReadAllBytes(_work.PathOf("w.safetensors")));
        Assert.Equal(2, _work.Log.Count(static l => (string)l["kind"]! == "start" || (string)l["kind"]! == "resume"));
        Assert.Equal([1, 2, 3, 4], _work.Log.Where(static l => (string)l["kind"]! == "epoch").Select(static l => (int)l["epoch"]!));
    }

    [Fact]
    public async Task A_run_may_be_resumed_by_its_name_and_more_than_once()
    {
        await StopAsync(_work, "epoch  1 ", Small);
        var name = Path.GetFileName(_work.Run);
        using var stop = new CancellationTokenSource();
        using var output = new StopsAfter("epoch  3 ", stop);
        Assert.Equal(ExitCode.Cancelled, (await _work.CallAsync(["resume", name, "--runs", _work.Runs], output, stop.Token)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("resume", name, "--runs", _work.Runs)).ExitCode);

        var straight = new Workplace();
        await straight.TrainedAsync(Small);
        SameModel(straight, _work, "mlp");
    }

    [Fact]
    public async Task A_run_that_has_ended_has_nothing_to_resume()
    {
        await _work.TrainedAsync(Small);
        var again = await _work.CallAsync("resume", _work.Run, "--json");
        Assert.Equal(ExitCode.Ok, again.ExitCode);
        Assert.True((bool)again.Result["finished"]!);
        Assert.Contains("it published mlp:1. There is nothing to resume.", again.Error, StringComparison.Ordinal);
        Assert.Equal(["mlp:1"], _work.Published);
    }

    [Fact]
    public async Task A_process_that_ended_between_publishing_and_writing_that_down_publishes_nothing_twice()
    {
        await _work.TrainedAsync(Small);
        File.Delete(Path.Combine(_work.Run, "result.json"));
        var again = await _work.CallAsync("resume", _work.Run, "--json");
        Assert.True(again.ExitCode == ExitCode.Ok, again.Error);
        Assert.Equal("mlp:1", (string)again.Result["model"]!);
        Assert.Equal(["mlp:1"], _work.Published);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_ensemble_goes_on_with_the_member_that_it_had_come_to(int named)
    {
        string[] args = [.. Small, "--ensemble", "3", "--name", "many"];
        var straight = new Workplace();
        var whole = await straight.TrainedAsync(args);

        await StopAsync(_work, "epoch  2 ", args, occurrence: 2);
        Assert.Equal(["many-1:1"], _work.Published);
        var resumed = await _work.CallAsync("resume", Directory.GetDirectories(_work.Runs, $"many-{named}-*")[0], "--json");

        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        Assert.Equal(["many-1:1", "many-2:1", "many-3:1"], _work.Published);
        Assert.All(["many-1", "many-2", "many-3"], name => SameModel(straight, _work, name));
        Assert.Equal(Untimed(whole.Answer.Result), Untimed(resumed.Result));
    }

    [Fact]
    public async Task An_ensemble_whose_member_has_just_ended_begins_the_next_one()
    {
        string[] args = [.. Small, "--ensemble", "2", "--name", "many"];
        await StopAsync(_work, "epoch  1 ", args, occurrence: 2);
        Directory.Delete(Directory.GetDirectories(_work.Runs, "many-2-*")[0], recursive: true);
        var resumed = await _work.CallAsync("resume", _work.Run, "--json");
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        Assert.Equal(["many-1:1", "many-2:1"], _work.Published);

        var straight = new Workplace();
        await straight.TrainedAsync(args);
        Assert.All(["many-1", "many-2"], name => SameModel(straight, _work, name));
    }

    [Fact]
    public async Task Snapshots_that_are_published_are_not_published_again()
    {
        string[] args = [.. TinyRuns.Mlp, "--data", SmallData.Small8, "--optimizer", "sgd", "--lr", "0.1", "--schedule", "cosine-restarts", "--cycle", "1", "--batch", "16", "--epochs", "3", "--snapshots", "--name", "snap"];
        var straight = new Workplace();
        await straight.TrainedAsync(args);

        await StopAsync(_work, "epoch  2 ", args);
        Assert.Equal(["snap-1:1", "snap-2:1"], _work.Published);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("resume", _work.Run)).ExitCode);
        Assert.Equal(["snap-1:1", "snap-2:1", "snap-3:1"], _work.Published);
        Assert.All(["snap-1", "snap-2", "snap-3"], name => SameModel(straight, _work, name));
    }

    [Fact]
    public async Task A_run_that_began_with_a_file_goes_on_without_it()
    {
        var network = NetworkCatalog.Get("resblocks");
        var graph = network.Build(new(1, 8, 8), 10, NetworkArguments.Of(network, new Dictionary<string, string> { ["blocks"] = "1", ["width"] = "4" }), seed: 7);
        string[] Args(string file) => [file, "--data", SmallData.Small8, "--batch", "16", "--epochs", "3", "--replace", "relu1=LeakyReLU(0.1)", "--name", "m"];
        var straight = new Workplace();
        OnnxFile.Write(graph, straight.PathOf("net.onnx"));
        await straight.TrainedAsync(Args(straight.PathOf("net.onnx")));

        OnnxFile.Write(graph, _work.PathOf("net.onnx"));
        await StopAsync(_work, "epoch  2 ", Args(_work.PathOf("net.onnx")));
        File.Delete(_work.PathOf("net.onnx"));
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        SameModel(straight, _work, "m");
    }

    [Fact]
    public async Task A_run_that_began_with_a_model_needs_that_very_model()
    {
        string[] parent = [.. TinyRuns.Mlp, "--data", SmallData.Small8, "--batch", "16", "--epochs", "1", "--name", "parent"];
        string[] args = ["--from", "parent", "--classes", "10", "--data", SmallData.Small8, "--batch", "16", "--epochs", "3", "--name", "m", "--seed", "9"];
        var straight = new Workplace();
        await straight.TrainedAsync(parent);
        await straight.TrainedAsync(args);

        await _work.TrainedAsync(parent);
        await StopAsync(_work, "epoch  2 ", args);
        var run = Directory.GetDirectories(_work.Runs, "m-*")[0];
        var elsewhere = await _work.CallAsync("resume", run, "--models", straight.PathOf("nothing"));
        Assert.Equal(ExitCode.BadInput, elsewhere.ExitCode);
        var resumed = await _work.CallAsync("resume", run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        SameModel(straight, _work, "m");
    }

    [Fact]
    public async Task A_folder_that_is_no_run_is_refused()
    {
        var missing = await _work.CallAsync("resume", "nowhere");
        Assert.Equal((ExitCode.BadInput, "train: There is no run 'nowhere'. Give the folder that train run has named.\n"), (missing.ExitCode, missing.Error));
        Directory.CreateDirectory(Path.Combine(_work.Runs, "m-20260131-120000"));
        Assert.Contains("Did you mean 'm-20260131-120000'?", (await _work.CallAsync("resume", "m", "--runs", _work.Runs)).Error, StringComparison.Ordinal);
        var other = await _work.CallAsync("resume", Directory.CreateDirectory(_work.PathOf("other")).FullName);
        Assert.Equal(ExitCode.BadInput, other.ExitCode);
        Assert.Contains("is not a run that can be resumed: it has no run.json", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_at_work_is_not_resumed_a_second_time()
    {
        await StopAsync(_work, "epoch  1 ", Small);
        using (Train.Loop.RunFolder.Open(_work.Run))
        {
            var second = await _work.CallAsync("resume", _work.Run);
            Assert.Equal(ExitCode.CheckFailed, second.ExitCode);
            Assert.Contains("is at work in another process", second.Error, StringComparison.Ordinal);
        }

        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("resume", _work.Run)).ExitCode);
    }

    [Fact]
    public async Task Data_that_has_changed_ends_the_run_for_good()
    {
        var folder = SmallData.Write(128, 32, side: 8);
        await StopAsync(_work, "epoch  1 ", [.. TinyRuns.Mlp, "--batch", "16", "--epochs", "4", "--data", $"idx:{folder}"]);
        var images = Path.Combine(folder, "train-images-idx3-ubyte");
        var bytes = await File.ReadAllBytesAsync(images);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(images, bytes);
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.Equal(ExitCode.Mismatch, resumed.ExitCode);
        Assert.Contains("has changed since the training began: the training samples' content hash is ", resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_that_cannot_be_read_in_the_middle_of_a_run_can_be_put_back()
    {
        string Pictures(Workplace work)
        {
            for (var i = 0; i < 60; i++)
            {
                var path = work.PathOf($"shapes/{(i % 2 == 0 ? "bar" : "dot")}/{i:d3}.png");
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllBytes(path, ImageEncoder.Png([.. Enumerable.Range(0, 64).Select(p => (byte)((p * (i + 1)) % 251))], 8, 8, 1));
            }

            return work.PathOf("shapes");
        }

        string[] Args(string folder) => [.. TinyRuns.Mlp, "--data", $"folder:{folder}", "--cache", "off", "--batch", "8", "--epochs", "4", "--workers", "2", "--name", "m"];
        var straight = new Workplace();
        await straight.TrainedAsync(Args(Pictures(straight)));

        var folder = Pictures(_work);
        using var moment = new CancellationTokenSource();
        using var output = new StopsAfter("epoch  2 ", moment);
        moment.Token.Register(() => Directory.Move(folder, folder + "-away"));
        var failed = await _work.TrainAsync(Args(folder), output, default);
        Assert.Equal(ExitCode.BadInput, failed.ExitCode);
        Assert.Contains("shapes/", failed.Error, StringComparison.Ordinal);
        Assert.EndsWith($" Go on with: train resume ROOT/runs/{Path.GetFileName(_work.Run)}\n", failed.Error, StringComparison.Ordinal);

        Directory.Move(folder + "-away", folder);
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        SameWeights(straight, _work, "m");
    }

    [Theory]
    [InlineData("engine", "version", "the engine was libtorch other and is libtorch ")]
    [InlineData("processor", "instructions", "the processor had 'other' and has '")]
    public async Task Other_machinery_is_refused(string part, string property, string message)
    {
        await StopAsync(_work, "epoch  1 ", Small);
        Change("run.json", json => json[part]![property] = "other");
        var resumed = await _work.CallAsync("resume", _work.Run);
        Assert.Equal(ExitCode.Mismatch, resumed.ExitCode);
        Assert.Contains(message, resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_the_process_no_longer_came_to_write_are_written()
    {
        var run = await _work.TrainedAsync([.. Small, "--out-weights", _work.PathOf("w.safetensors")]);
        var bytes = await File.ReadAllBytesAsync(_work.PathOf("w.safetensors"));
        File.Delete(_work.PathOf("w.safetensors"));
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("resume", run.Folder)).ExitCode);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_work.PathOf("w.safetensors")));
    }

    [Fact]
    public async Task A_run_without_a_state_begins_again()
    {
        await StopAsync(_work, "epoch  2 ", Small);
        foreach (var file in Directory.GetFiles(Path.Combine(_work.Run, "checkpoints")))
        {
            File.Delete(file);
        }

        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("resume", _work.Run)).ExitCode);
        var straight = new Workplace();
        await straight.TrainedAsync(Small);
        SameModel(straight, _work, "mlp");
        Assert.Equal("start", (string)_work.Log[0]["kind"]!);
        Assert.Equal(4, _work.Log.Count(static l => (string)l["kind"]! == "epoch"));
    }

    [Fact]
    public async Task Options_that_make_no_sense_are_refused()
    {
        var never = await _work.TrainAsync([.. Small, "--checkpoint-every", "0"]);
        Assert.Equal(ExitCode.Usage, never.ExitCode);
        Assert.Contains("--checkpoint-every takes minutes above 0", never.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await _work.CallAsync("resume", "x", "--workers", "0")).ExitCode);
    }

    private void Change(string file, Action<JsonNode> change)
    {
        var path = Path.Combine(_work.Run, file);
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private static string Untimed(JsonNode result)
    {
        var copy = result.DeepClone().AsObject();
        foreach (var name in (string[])["images_per_second", "seconds", "peak_rss_bytes", "run"])
        {
            copy.Remove(name);
        }

        return copy.ToJsonString();
    }
}
