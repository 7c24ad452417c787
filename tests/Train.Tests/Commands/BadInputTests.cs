using Toolchain.Data;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary>What a person can get wrong: one clear message, the documented exit code, and nothing published.</summary>
public sealed class BadInputTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData("Network 'resblock' is not known. Did you mean 'resblocks'? Known networks: linear, mlp, cnnnet, ", "resblock")]
    [InlineData("Network 'mlp': 'hiden' is not one of its arguments (hidden, log_softmax). See: train networks.", "mlp", "--set", "hiden=3")]
    [InlineData("Network 'mlp': hidden takes 1..65536, found 'many'.", "mlp", "--set", "hidden=many")]
    [InlineData("--set takes key=value, found 'hidden'.", "mlp", "--set", "hidden")]
    [InlineData("Network 'cnnnet' does not take 1x28x28 images: MaxPool node 'features.5': a window of 3 pixels does not fit", "cnnnet")]
    [InlineData("--batch is 400, but the training split of idx:DATA has 288 samples: use a smaller one, or a smaller --validation.", "mlp", "--batch", "400")]
    [InlineData("--momentum belongs to --optimizer sgd or muon with a schedule other than one-cycle, or rmsprop. Leave out what has no effect.", "mlp", "--momentum", "0.5")]
    [InlineData("--momentum belongs to --optimizer sgd", "mlp", "--momentum", "0.5", "--optimizer", "sgd")]
    [InlineData("--step-size belongs to --schedule step; --gamma belongs to --schedule step, multi-step, exponential or plateau. Leave out what has no effect.", "mlp", "--step-size", "2", "--gamma", "0.5")]
    [InlineData("--optimizer is 'adagrad'; it takes adam, adamw, sgd, rmsprop, muon.", "mlp", "--optimizer", "adagrad")]
    [InlineData("--schedule is 'linear'; it takes one-cycle, ", "mlp", "--schedule", "linear")]
    [InlineData("--precision is 'float8'; it takes float32, bfloat16, float16, auto.", "mlp", "--precision", "float8")]
    [InlineData("--epochs is '0'; it takes a whole number from 1.", "mlp", "--epochs", "0")]
    [InlineData("--steps is '0'; it takes a whole number from 1.", "mlp", "--steps", "0")]
    [InlineData("--batch is '0'; it takes a whole number from 1, or auto.", "mlp", "--batch", "0")]
    [InlineData("--lr is '0'; it takes a number above 0", "mlp", "--lr", "0")]
    [InlineData("--lr is 'NaN'; it takes a number above 0", "mlp", "--lr", "NaN")]
    [InlineData("--validation is '1'; it takes a number from 0 and below 1.", "mlp", "--validation", "1")]
    [InlineData("--weight-decay is '-1'; it takes a number from 0", "mlp", "--weight-decay", "-1")]
    [InlineData("--workers must be at least 1.", "mlp", "--workers", "0")]
    [InlineData("--crop is '-1'; it takes a whole number from 0.", "mlp", "--crop", "-1")]
    [InlineData("--name takes a model's name alone, found 'mine:3'", "mlp", "--name", "mine:3")]
    [InlineData("Model reference 'Mine!'", "mlp", "--name", "Mine!")]
    [InlineData("Device 'gpu' is not known.", "mlp", "--device", "gpu")]
    [InlineData("'train run' has no option '--epoch'. Did you mean '--epochs'?", "mlp", "--epoch", "3")]
    public async Task A_mistake_on_the_command_line_is_a_usage_error(string message, params string[] args)
    {
        var run = await _work.TrainAsync([.. args, "--data", SmallData.Tiny]);
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error.Replace(SmallData.Tiny, "idx:DATA", StringComparison.Ordinal), StringComparison.Ordinal);
        RequireNothing();
    }

    [Fact]
    public async Task A_data_set_must_be_named_and_known()
    {
        var none = await _work.TrainAsync("mlp");
        Assert.Equal(ExitCode.Usage, none.ExitCode);
        Assert.Contains("--data", none.Error, StringComparison.Ordinal);
        var unknown = await _work.TrainAsync("mlp", "--data", "fashion");
        Assert.Equal((ExitCode.Usage, $"train: Data set 'fashion' is not known. Known are {string.Join(", ", DatasetCatalog.Kinds.Select(static k => k.Usage))}.\n"), (unknown.ExitCode, unknown.Error));
        RequireNothing();
    }

    [Fact]
    public async Task Missing_truncated_and_mislabelled_data_is_bad_input_that_names_the_file()
    {
        var folder = SmallData.Write(40, 20);
        var missing = await _work.TrainAsync("mlp", "--data", $"idx:{folder}/nowhere");
        Assert.Equal(ExitCode.BadInput, missing.ExitCode);
        Assert.Contains($"there is no {folder}/nowhere/train-images-idx3-ubyte or train-images-idx3-ubyte.gz.", missing.Error, StringComparison.Ordinal);

        var labels = Path.Combine(folder, "train-labels-idx1-ubyte");
        var bytes = File.ReadAllBytes(labels);
        bytes[8 + 5] = 77;
        File.WriteAllBytes(labels, bytes);
        var stray = await _work.TrainAsync("mlp", "--data", $"idx:{folder}");
        Assert.Equal(ExitCode.BadInput, stray.ExitCode);
        Assert.Contains("image 5 has label 77, but its 10 classes are numbered 0 to 9.", stray.Error, StringComparison.Ordinal);

        var images = Path.Combine(folder, "train-images-idx3-ubyte");
        File.WriteAllBytes(images, File.ReadAllBytes(images)[..^1]);
        var truncated = await _work.TrainAsync("mlp", "--data", $"idx:{folder}");
        Assert.Equal(ExitCode.BadInput, truncated.ExitCode);
        Assert.Contains($"Reading the images in {images} failed: its header announces 40 × 28 × 28 = 31360 bytes, but 31359 follow.", truncated.Error, StringComparison.Ordinal);
        RequireNothing();
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_said_to_be_missing()
    {
        var run = await _work.TrainAsync("mlp", "--data", SmallData.Tiny, "--device", "cuda:99");
        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Matches("^train: Device cuda:99 was asked for, but (this libtorch reaches no GPU|there (is|are) [0-9]+ GPU)", run.Error);
        RequireNothing();
    }

    [Fact]
    public async Task A_file_in_place_of_the_runs_folder_is_named()
    {
        File.WriteAllText(_work.Runs, "in the way");
        var run = await _work.TrainAsync("mlp", "--data", SmallData.Tiny);
        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.StartsWith("train: Cannot write 'ROOT/runs/mlp-20260131-120000': ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("Free some space or choose another folder with --runs; nothing was published.\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);
    }

    [Fact]
    public async Task Weights_that_cannot_be_written_do_not_hide_that_the_model_was_published()
    {
        var run = await _work.TrainAsync("mlp", "--set", "hidden=4", "--data", SmallData.Tiny, "--steps", "1", "--out-weights", _work.PathOf("nowhere/w.safetensors"));
        Assert.NotEqual(ExitCode.Ok, run.ExitCode);
        Assert.Equal("train: Model mlp:1 was published, but its weights could not be written: Cannot write 'ROOT/nowhere/w.safetensors': its folder does not exist. Once they can be: train export-weights mlp:1 ROOT/nowhere/w.safetensors\n", run.Error);
        Assert.Equal(["mlp:1"], _work.Published);
    }

    private void RequireNothing()
    {
        Assert.Empty(_work.Published);
        Assert.False(Directory.Exists(_work.Runs));
    }
}
