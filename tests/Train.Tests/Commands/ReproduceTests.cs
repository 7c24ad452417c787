using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary><c>train reproduce</c>: the manifest alone gives the same weights again, or it says what is different.</summary>
public sealed class ReproduceTests
{
    private static readonly string[] Small = ["--batch", "16", "--epochs", "2", "--data", SmallData.Small8];

    private readonly Workplace _work = new();

    [Theory]
    [InlineData("--optimizer muon --ema 0.9 --clip-norm 1 --crop 1 --flip --erase 0.3 --lr-for fc*=0.01 --no-decay-norm-bias")]
    [InlineData("--optimizer sgd --schedule multi-step --milestones 1 --mixup 0.2 --init conv=kaiming-normal --class-weights balanced --label-smoothing 0.1")]
    [InlineData("--replace relu1=LeakyReLU(0.1) --freeze conv1* --unfreeze-at 2 --warm-up 0.5 --schedule cosine --seed 5 --validation 0")]
    [InlineData("--precision bfloat16 --layout channels_last --swa 1 --accumulate 2")]
    public async Task A_model_is_trained_again_from_its_manifest(string settings)
    {
        await _work.TrainedAsync([.. TinyRuns.ResBlocks, .. settings.Split(' '), .. Small, "--name", "m"]);
        var again = await _work.CallAsync("reproduce", "m", "--json");
        Assert.True(again.ExitCode == ExitCode.Ok, again.Error);
        Assert.True((bool)again.Result["identical"]!);
        Assert.Matches("m:1 is reproduced: all [0-9]+ tensors are identical, byte for byte\n$", again.Error);
        Assert.Equal(["m:1"], _work.Published);
    }

    [Fact]
    public async Task A_run_that_ended_with_its_steps_and_images_that_grew_are_trained_again()
    {
        await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--steps", "9", "--name", "steps"]);
        await _work.TrainedAsync("resnet20", "--set", "blocks=1", "--set", "width=4", "--data", SmallData.Small16, "--batch", "16", "--sizes", "8:1,16:1", "--name", "sizes");
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("reproduce", "steps")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("reproduce", "sizes")).ExitCode);
    }

    [Fact]
    public async Task Every_member_of_an_ensemble_and_every_snapshot_is_trained_again()
    {
        await _work.TrainedAsync([.. TinyRuns.Mlp, .. Small, "--ensemble", "2", "--name", "many"]);
        await _work.TrainedAsync([.. TinyRuns.Mlp, .. Small, "--schedule", "cosine-restarts", "--cycle", "1", "--snapshots", "--name", "snap"]);
        foreach (var name in (string[])["many-1", "many-2", "snap-1", "snap-2"])
        {
            var again = await _work.CallAsync("reproduce", name);
            Assert.True(again.ExitCode == ExitCode.Ok, $"{name}: {again.Output}{again.Error}");
        }
    }

    [Fact]
    public async Task A_child_is_trained_again_from_its_parent()
    {
        await _work.TrainedAsync([.. TinyRuns.ResBlocks, .. Small, "--name", "parent", "--replace", "relu1=LeakyReLU(0.1)"]);
        await _work.TrainedAsync(["--from", "parent", .. Small, "--classes", "10", "--remove", "tanh1", "--name", "child", "--seed", "3"]);
        var again = await _work.CallAsync("reproduce", "child");
        Assert.True(again.ExitCode == ExitCode.Ok, again.Output + again.Error);
    }

    [Fact]
    public async Task An_imported_network_is_trained_again_from_its_file()
    {
        var (file, other) = (_work.PathOf("net.onnx"), _work.PathOf("other.onnx"));
        OnnxFile.Write(NetworkCatalog.Get("mlp").Build(new(1, 8, 8), 10, seed: 1), file);
        OnnxFile.Write(NetworkCatalog.Get("mlp").Build(new(1, 8, 8), 10, seed: 2), other);
        await _work.TrainedAsync([file, .. Small, "--name", "m"]);

        var without = await _work.CallAsync("reproduce", "m");
        Assert.Equal(ExitCode.Usage, without.ExitCode);
        Assert.Contains("began with the file net.onnx, which the registry does not keep. Give it with --source.", without.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Mismatch, (await _work.CallAsync("reproduce", "m", "--source", other)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("reproduce", "m", "--source", file)).ExitCode);
    }

    [Fact]
    public async Task Another_seed_is_told_by_the_first_tensor_that_differs()
    {
        await _work.TrainedAsync([.. TinyRuns.Mlp, .. Small, "--name", "m"]);
        Change(json => json["training"]!["seed"] = 1);
        var again = await _work.CallAsync("reproduce", "m", "--json");
        Assert.Equal(ExitCode.Mismatch, again.ExitCode);
        Assert.Contains("m:1 is not reproduced, though engine, threads, processor, data and toolchain are the same: 'fc1.weight' is the first tensor that differs: it differs in 1,0", again.Error, StringComparison.Ordinal);
        Assert.Equal("fc1.weight", (string)again.Result["tensor"]!);
        Assert.True((double)again.Result["max_abs_difference"]! > 0);
    }

    [Fact]
    public async Task Another_engine_is_named_before_the_tensor()
    {
        await _work.TrainedAsync([.. TinyRuns.Mlp, .. Small, "--name", "m"]);
        Change(json =>
        {
            json["training"]!["seed"] = 1;
            json["training"]!["engine"]!["version"] = "1.0";
            json["training"]!["processor"]!["instructions"] = "none";
        });
        var again = await _work.CallAsync("reproduce", "m", "--json");
        Assert.Equal(ExitCode.Mismatch, again.ExitCode);
        Assert.Contains("m:1 is not reproduced: the engine was libtorch 1.0 and is libtorch ", again.Error, StringComparison.Ordinal);
        Assert.Equal(2, again.Result["circumstances"]!.AsArray().Count);

        // What differs without an effect is said, and does not count.
        Change(static json => json["training"]!["seed"] = 0);
        var same = await _work.CallAsync("reproduce", "m", "--json");
        Assert.Equal(ExitCode.Ok, same.ExitCode);
        Assert.Contains("warning: since m:1 was trained, the engine was libtorch 1.0", same.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_that_has_changed_is_named_and_data_that_has_moved_is_taken()
    {
        var (folder, moved) = (SmallData.Write(128, 32, side: 8), SmallData.Write(128, 32, side: 8));
        await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "1", "--data", $"idx:{folder}", "--name", "m"]);
        var images = Path.Combine(folder, "train-images-idx3-ubyte");
        var bytes = await File.ReadAllBytesAsync(images);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(images, bytes);
        var again = await _work.CallAsync("reproduce", "m");
        Assert.Equal(ExitCode.Mismatch, again.ExitCode);
        Assert.Contains("the training samples' content hash is ", again.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("reproduce", "m", "--data", $"idx:{moved}")).ExitCode);
    }

    [Fact]
    public async Task What_was_not_trained_cannot_be_trained_again()
    {
        await _work.TrainedAsync([.. TinyRuns.Mlp, .. Small, "--name", "m"]);
        Change(static json => json.AsObject().Remove("training"));
        var again = await _work.CallAsync("reproduce", "m");
        Assert.Equal(ExitCode.Usage, again.ExitCode);
        Assert.Contains("there is no training to reproduce", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_missing_new_or_of_another_shape_differs()
    {
        OrderedWeights Weights(params (string Name, float[] Values)[] all) => new(all.Select(static w => KeyValuePair.Create(w.Name, TensorData.Of<float>(w.Values))));
        var one = Weights(("a", [1]), ("b", [1, 2]));
        Assert.Null(Reproduction.FirstDifference(one, Weights(("b", [1, 2]), ("a", [1]))));
        Assert.Equal(new("b", "is missing", null), Reproduction.FirstDifference(one, Weights(("a", [1]))));
        Assert.Equal(new("c", "is new", null), Reproduction.FirstDifference(one, Weights(("a", [1]), ("b", [1, 2]), ("c", [0]))));
        Assert.Equal("b", Reproduction.FirstDifference(one, Weights(("a", [1]), ("b", [1])))!.Name);
        Assert.Equal(new("b", "differs in 1 of 2 values, by up to 0.5", 0.5), Reproduction.FirstDifference(one, Weights(("a", [1]), ("b", [1, 2.5f]))));

        // Zeros of both signs are equal numbers and other bytes.
        Assert.Equal(new("z", "differs in 1 of 1 values, by up to 0", 0), Reproduction.FirstDifference(Weights(("z", [0f])), Weights(("z", [-0f]))));
    }

    private void Change(Action<JsonNode> change)
    {
        var path = Path.Combine(_work.Models, "m", "1", "manifest.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
