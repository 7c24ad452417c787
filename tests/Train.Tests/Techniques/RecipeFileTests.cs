using System.Text.Json;
using Toolchain.Data;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Recipes in files.</summary>
public sealed class RecipeFileTests
{
    private readonly Workplace _work = new();

    [Fact]
    public async Task A_recipe_gives_network_data_and_settings_and_options_override_it()
    {
        var file = await WriteAsync(
            "network: mlp", "set:", "  hidden: 7", $"data: \"{SmallData.Small8}\"", "name: mine", "epochs: 1", "batch: 32", "optimizer: sgd", "schedule: constant", "lr: 0.03", "weight_decay: 0.001",
            "label_smoothing: 0.1", "validation: 0", "lr_for:", "  - fc1.*=0.01", "  - fc2.bias=0");
        var asWritten = await _work.TrainAsync("--recipe", file, "--json");
        Assert.True(asWritten.ExitCode == ExitCode.Ok, asWritten.Error);
        var manifest = _work.Registry.Resolve("mine:1").Manifest;
        Assert.Equal(("mlp", "7"), (manifest.Network!.Name, manifest.Network.Arguments["hidden"]));
        var recipe = manifest.Training!.Recipe;
        Assert.Equal(
            "1 32 sgd constant 0.03 0.001 0.1 0 [\"fc1.*=0.01\",\"fc2.bias=0\"]",
            string.Join(' ', new[] { "epochs", "batch", "optimizer", "schedule", "lr", "weight_decay", "label_smoothing", "validation", "lr_for" }.Select(key => Text(recipe[key]))));

        var overridden = await _work.TrainAsync("--recipe", file, "--lr", "0.5", "--set", "hidden=5", "--lr-for", "fc1.*=0.2", "--name", "other", "--json");
        Assert.True(overridden.ExitCode == ExitCode.Ok, overridden.Error);
        var other = _work.Registry.Resolve("other:1").Manifest;
        Assert.Equal(("5", "0.5", "[\"fc1.*=0.2\"]", "0.1"), (other.Network!.Arguments["hidden"], Text(other.Training!.Recipe["lr"]), Text(other.Training.Recipe["lr_for"]), Text(other.Training.Recipe["label_smoothing"])));
    }

    [Fact]
    public async Task The_same_settings_give_the_same_weights_from_a_file_and_from_options()
    {
        var file = await WriteAsync("epochs: 1", "batch: 16", "crop: 1", "flip: random", "ema: 0.9", "clip_norm: 1");
        var fromFile = await _work.TrainedAsync([.. TinyRuns.Mlp, "--recipe", file]);
        var fromOptions = await _work.TrainedAsync([.. TinyRuns.Mlp, "--epochs", "1", "--batch", "16", "--crop", "1", "--flip", "--ema", "0.9", "--clip-norm", "1"]);
        WeightChecks.Same(fromOptions.Weights, fromFile.Weights);
        Assert.Equal(
            fromOptions.Version.Manifest.Training!.Recipe.Select(static p => $"{p.Key}={p.Value}"), fromFile.Version.Manifest.Training!.Recipe.Select(static p => $"{p.Key}={p.Value}"));
    }

    /// <summary>Recipes and manifests from when images were mirrored at random or not at all.</summary>
    [Theory]
    [InlineData("true", FlipKind.Random)]
    [InlineData("false", null)]
    [InlineData("none", null)]
    [InlineData("alternating", FlipKind.Alternating)]
    public async Task Mirroring_may_be_switched(string value, FlipKind? flip) =>
        Assert.Equal(flip, RecipeRules.Compose(new() { Seed = 4 }, [.. RecipeFile.Open(await WriteAsync("epochs: 1", $"flip: {value}")).Given]).Flip);

    [Theory]
    [InlineData(ExitCode.Usage, "'label_smooting' is not a setting of a recipe. Did you mean 'label_smoothing'?", "label_smooting: 0.1")]
    [InlineData(ExitCode.Usage, "epochs is 'many'; it takes a whole number from 1.", "epochs: many")]
    [InlineData(ExitCode.Usage, "nesterov is 'yes'; it takes true or false.", "nesterov: yes")]
    [InlineData(ExitCode.Usage, "--clip-norm and --clip-value exclude each other", "clip_norm: 1", "clip_value: 1")]
    [InlineData(ExitCode.Usage, "--cycle belongs to --schedule cosine-restarts", "cycle: 3")]
    [InlineData(ExitCode.BadInput, "'set' must hold the network's arguments", "set: hidden=3")]
    [InlineData(ExitCode.BadInput, "expected one document of 'key: value' lines", "- epochs")]
    [InlineData(ExitCode.BadInput, "'lr' must be one value, found a mapping at line 2", "lr:", "  x: 1")]
    public async Task A_mistake_in_a_recipe_is_named(ExitCode exitCode, string message, params string[] lines)
    {
        var run = await _work.TrainAsync("mlp", "--recipe", await WriteAsync(lines), "--data", $"idx:{_work.PathOf("nowhere")}");
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recipe_that_is_not_there_is_named_with_those_that_are()
    {
        var run = await _work.TrainAsync("--recipe", "fashion-mnist-bets");
        Assert.NotEqual(ExitCode.Ok, run.ExitCode);
        Assert.Contains("There is no recipe or recipe file 'fashion-mnist-bets'. Did you mean 'fashion-mnist-best'?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_shipped_recipe_can_be_read()
    {
        Assert.Contains("fashion-mnist-best", RecipeFile.Shipped);
        Assert.All(RecipeFile.Shipped, static name =>
        {
            var file = RecipeFile.Open(name);
            Assert.True(file.Data is null || file.Network is not null, $"{name} names data without a network");
            RecipeRules.Compose(new(), [.. file.Given]);
        });
    }

    [Fact]
    public void What_a_manifest_holds_gives_the_recipe_back()
    {
        var recipe = new TrainingRecipe
        {
            Epochs = 3, Accumulate = 2, LearningRate = 0.25, Schedule = ScheduleKind.Step, Gamma = 0.3, LabelSmoothing = 0.1, Freeze = ["a.*", "b"], Sizes = [new(8, 8, 1), new(8, 16, 2)],
            Flip = FlipKind.Alternating, ClassWeights = ClassWeighting.Balanced, WeightDecays = [new(NamePattern.Parse("*.bias"), 0)],
        };
        AssertComesBack(recipe);
        AssertComesBack(new() { Epochs = null, MaxSteps = 5, BatchSize = 7, Optimizer = OptimizerKind.Sgd, Schedule = ScheduleKind.Constant, Momentum = 0.1 + 0.2, ValidationShare = 1.0 / 3 });
        Assert.All(RecipeFile.Shipped, static name => AssertComesBack(RecipeRules.Compose(new() { Seed = 4 }, [.. RecipeFile.Open(name).Given])));
    }

    [Fact]
    public async Task The_recipe_for_fine_tuning_takes_a_model_on()
    {
        await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "1", "--name", "parent"]);
        var child = await _work.TrainedAsync("--from", "parent", "--classes", "10", "--recipe", "fine-tuning", "--batch", "16", "--epochs", "2", "--name", "child");
        Assert.Equal("adamw", Text(child.Version.Manifest.Training!.Recipe["optimizer"]));
        Assert.True(child.Version.Manifest.Training.FreshHead);
    }

    // What a setting without effect is does not come back, and need not.
    private static void AssertComesBack(TrainingRecipe recipe)
    {
        var written = WrittenRecipe.Of(recipe, ComputeMode.Default);
        var (read, mode) = WrittenRecipe.Read(written, recipe.Seed, "manifest");
        Assert.Equal(written.Select(static p => $"{p.Key}={p.Value}"), WrittenRecipe.Of(read, mode).Select(static p => $"{p.Key}={p.Value}"));
        Assert.Equal((recipe.Epochs, recipe.MaxSteps, recipe.BatchSize, recipe.Seed, recipe.ValidationShare), (read.Epochs, read.MaxSteps, read.BatchSize, read.Seed, read.ValidationShare));
    }

    private static string Text(JsonElement value) => JsonSerializer.Serialize(value).Trim('"');

    private async Task<string> WriteAsync(params string[] lines)
    {
        var file = _work.PathOf("recipe.yaml");
        await File.WriteAllLinesAsync(file, lines);
        return file;
    }
}
