using System.Text.Json.Nodes;
using System.Xml.Linq;
using Toolchain.Registry.Cli;
using Toolchain.Train.Observation;
using Toolchain.Train.Tests.Support;
using Toolchain.Train.Tests.Tensorboard;

namespace Toolchain.Train.Tests.Sweeps;

/// <summary><c>train sweep</c>: the best trial is published, and a sweep that was stopped goes on.</summary>
public sealed class SweepCommandTests
{
    private const string Base = "network: mlp\nset:\n  hidden: 16\nname: best\nepochs: 4\nbatch: 16\nvalidation: 0.25\noptimizer: sgd\nschedule: constant\n";
    private const string Grid = Base + "search:\n  over:\n    lr: [0.0001, 0.1, 1e30]\n    set.hidden: [4, 16]\n";
    private const string Halving = Base + "search:\n  method: halving\n  keep: 2\n  first_epochs: 1\n  over:\n    lr: {from: 0.0001, to: 0.1, scale: log, steps: 4}\n";

    private readonly Workplace _work = new();

    [Fact]
    public async Task A_grid_publishes_the_trial_with_the_best_validation_result()
    {
        var sweep = await SweepAsync(_work, Grid);
        Assert.True(sweep.ExitCode == ExitCode.Ok, sweep.Error);
        Assert.Equal(["best:1"], _work.Published);
        var trials = sweep.Result["trials"]!.AsArray();
        Assert.Equal(6, trials.Count);
        var accuracies = trials.Where(static t => t!["failure"] is null).Select(static t => (double)t!["validation_accuracy"]!).ToArray();
        Assert.Equal(4, accuracies.Length);
        Assert.Equal(accuracies.OrderDescending(), accuracies);
        Assert.Equal((int)trials[0]!["trial"]!, (int)sweep.Result["best"]!);
        Assert.Equal("0.1", (string)trials[0]!["values"]!["lr"]!);
        Assert.Equal(2, trials.Count(static t => t!["failure"] is not null && ((string)t["failure"]!).StartsWith("The loss became", StringComparison.Ordinal)));

        // The model is that of a run with these values.
        var alone = await new Workplace().TrainedAsync("mlp", "--set", $"hidden={trials[0]!["values"]!["set.hidden"]}", "--epochs", "4", "--batch", "16", "--validation", "0.25", "--optimizer", "sgd", "--schedule", "constant", "--lr", "0.1");
        WeightChecks.Same(alone.Weights, new TinyRun(sweep, _work.Registry.Resolve("best"), "").Weights);
        Assert.Equal(alone.Version.Manifest.Training!.Recipe.Select(static p => $"{p.Key}={p.Value}"), _work.Registry.Resolve("best").Manifest.Training!.Recipe.Select(static p => $"{p.Key}={p.Value}"));
    }

    [Fact]
    public async Task The_table_and_the_chart_show_every_trial()
    {
        var sweep = await SweepAsync(_work, Grid);
        Assert.Contains("trial  lr      set.hidden  epochs  best epoch  validation accuracy  validation loss", sweep.Error, StringComparison.Ordinal);
        var folder = Path.Combine(_work.Runs, "sweep-best");
        var lines = await File.ReadAllLinesAsync(Path.Combine(folder, "trials.csv"));
        Assert.Equal(7, lines.Length);
        Assert.StartsWith("trial,lr,set.hidden,epochs,best_epoch,validation_accuracy,validation_loss,finished,failure,folder", lines[0], StringComparison.Ordinal);
        Assert.All(lines[1..5], static line => Assert.Contains(",true,,", line, StringComparison.Ordinal));
        var chart = XDocument.Load(Path.Combine(folder, "trials.svg"));
        Assert.Equal(4, chart.Descendants().Count(static e => (string?)e.Attribute("class") == "marker"));
        Assert.Contains("validation accuracy", chart.ToString(), StringComparison.Ordinal);
        Assert.Equal(4, chart.Descendants().Count(static e => e.Value.StartsWith("trial ", StringComparison.Ordinal) && e.Value.Contains("set.hidden ", StringComparison.Ordinal) && e.Name.LocalName == "title"));
    }

    [Fact]
    public async Task A_sweep_that_was_stopped_goes_on_where_it_was()
    {
        var straight = new Workplace();
        var whole = await SweepAsync(straight, Grid);

        foreach (var (text, occurrence) in ((string, int)[])[("epoch  2 ", 1), ("epoch  3 ", 2)])
        {
            using var stop = new CancellationTokenSource();
            using var output = new StopsAfter(text, stop, occurrence);
            var stopped = await SweepAsync(_work, Grid, output, stop.Token);
            Assert.Equal(ExitCode.Cancelled, stopped.ExitCode);
            Assert.Contains("the same command goes on with the sweep", stopped.Output, StringComparison.Ordinal);
        }

        Assert.Empty(_work.Published);
        var resumed = await SweepAsync(_work, Grid);
        Assert.True(resumed.ExitCode == ExitCode.Ok, resumed.Error);
        Assert.Equal(whole.Result["trials"]!.ToJsonString(), resumed.Result["trials"]!.ToJsonString());
        Resuming.StoppedRuns.SameModel(straight, _work, "best");

        // A sweep that has come to its end trains and publishes nothing more.
        var again = await SweepAsync(_work, Grid);
        Assert.Equal(("best:1", ExitCode.Ok), ((string)again.Result["model"]!, again.ExitCode));
        Assert.DoesNotContain("epoch", again.Error.Replace("epochs", "", StringComparison.Ordinal).Replace("best epoch", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(["best:1"], _work.Published);
    }

    [Fact]
    public async Task Halving_gives_more_epochs_to_the_better_half_and_continues_their_training()
    {
        var sweep = await SweepAsync(_work, Halving);
        Assert.True(sweep.ExitCode == ExitCode.Ok, sweep.Error);
        var trials = sweep.Result["trials"]!.AsArray();
        Assert.Equal([1, 1, 2, 4], trials.Select(static t => (int)t!["epochs"]!).Order());
        Assert.Equal(4, (int)trials[0]!["epochs"]!);
        Assert.Single(trials, static t => (bool)t!["finished"]!);

        var lr = (string)trials[0]!["values"]!["lr"]!;
        var alone = await new Workplace().TrainedAsync("mlp", "--set", "hidden=16", "--epochs", "4", "--batch", "16", "--validation", "0.25", "--optimizer", "sgd", "--schedule", "constant", "--lr", lr);
        WeightChecks.Same(alone.Weights, new TinyRun(sweep, _work.Registry.Resolve("best"), "").Weights);
    }

    [Fact]
    public async Task A_folder_of_another_sweep_is_left_alone()
    {
        await SweepAsync(_work, Base + "search:\n  over:\n    lr: [0.1]\n");
        var other = await SweepAsync(_work, Base + "search:\n  over:\n    lr: [0.2]\n");
        Assert.Equal(ExitCode.Usage, other.ExitCode);
        Assert.Contains("holds another sweep", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("network: mlp\nvalidation: 0\nsearch:\n  over:\n    lr: [1]\n", "'validation' must be above 0")]
    [InlineData("search:\n  over:\n    lr: [1]\n", "No network was named. Add 'network: NAME' to sweep '")]
    [InlineData("network: mlp\nsearch:\n  over:\n    lr: [1, many]\n", "lr is 'many'")]
    [InlineData("network: mlp\nsearch:\n  over:\n    set.hiden: [1]\n", "'hiden' is not one of its arguments")]
    [InlineData("network: mlp\noptimizer: adam\nsearch:\n  over:\n    nesterov: [true]\n", "--nesterov belongs to --optimizer sgd")]
    [InlineData("network: mlp\nsteps: 5\nsearch:\n  method: halving\n  over:\n    lr: [1]\n", "the recipe needs 'epochs'")]
    [InlineData("network: mlp\nsearch:\n  method: halving\n  over:\n    epochs: [1, 2]\n", "'epochs' cannot be varied")]
    public async Task A_mistake_is_found_before_the_first_trial(string yaml, string message)
    {
        var sweep = await SweepAsync(_work, yaml);
        Assert.Equal(ExitCode.Usage, sweep.ExitCode);
        Assert.Contains(message, sweep.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_work.Runs));
    }

    [Fact]
    public async Task Networks_image_sizes_and_seeds_can_be_varied_and_the_data_is_divided_as_in_the_other_trials()
    {
        var sweep = await SweepAsync(
            _work, "name: best\nepochs: 1\nbatch: 16\nsearch:\n  over:\n    network: [mlp, linear]\n    image_size: [8x8, 4x6]\n    seed: {from: 1, to: 2, scale: whole, steps: 2}\n", new StringWriter(), default,
            "--folds", "4", "--fold", "2", "--seed", "5", "--json");
        Assert.True(sweep.ExitCode == ExitCode.Ok, sweep.Error);
        var trials = sweep.Result["trials"]!.AsArray();
        Assert.Equal(8, trials.Select(static t => t!["values"]!.ToJsonString()).Distinct().Count());
        Assert.Equal(8, trials.Select(static t => (double)t!["validation_loss"]!).Distinct().Count());
        var logs = trials.Select(t => JsonNode.Parse(File.ReadLines(Path.Combine(_work.PathOf(((string)t!["run"]!)["ROOT/".Length..]), "log.jsonl")).First())!).ToArray();
        Assert.All(logs, static log => Assert.Equal((96, 32), ((int)log["train_images"]!, (int)log["validation_images"]!)));
        Assert.Equal([1L, 2], logs.Select(static log => (long)log["seed"]!).Distinct().Order());
        var split = _work.Registry.Resolve("best").Manifest.Training!.Data.Split!;
        Assert.Equal((5L, 4, 2), (split.Seed, split.Folds, split.Fold));

        // What was published is what train run makes of the same values.
        var best = trials[0]!["values"]!;
        var alone = await new Workplace().TrainedAsync(
            (string)best["network"]!, "--image-size", (string)best["image_size"]!, "--seed", (string)best["seed"]!, "--epochs", "1", "--batch", "16", "--name", "best");
        Assert.Equal(alone.Version.Manifest.Training!.Seed, _work.Registry.Resolve("best").Manifest.Training!.Seed);
        Assert.Equal(alone.Graph.Inputs[0].Type, new TinyRun(sweep, _work.Registry.Resolve("best"), "").Graph.Inputs[0].Type);
        var reproduced = await _work.CallAsync("reproduce", "best");
        Assert.True(reproduced.ExitCode == ExitCode.Ok, reproduced.Error);
    }

    [Fact]
    public async Task Options_of_a_run_hold_for_every_trial()
    {
        var sweep = await SweepAsync(_work, "network: mlp\nname: best\nsearch:\n  over:\n    lr: [0.01, 0.1]\n", new StringWriter(), default, "--set", "hidden=8", "--epochs", "2", "--batch", "32", "--replace", "relu1=Tanh", "--optimizer", "sgd", "--json");
        Assert.True(sweep.ExitCode == ExitCode.Ok, sweep.Error);
        var manifest = _work.Registry.Resolve("best").Manifest;
        Assert.Equal(("8", "sgd"), (manifest.Network!.Arguments["hidden"], manifest.Training!.Recipe["optimizer"].GetString()));
        Assert.Equal(["replace relu1=Tanh()"], manifest.Training.Edits);
    }

    [Fact]
    public async Task An_option_that_fixes_what_varies_is_refused()
    {
        var sweep = await SweepAsync(
            _work, Grid.Replace("over:", "over:\n    image_size: [8x8]", StringComparison.Ordinal), new StringWriter(), default, "--lr", "0.1", "--set", "hidden=3", "--image-size", "4x4");
        Assert.Equal(ExitCode.Usage, sweep.ExitCode);
        Assert.Contains("--image-size fixes what the sweep varies as 'image_size'; --lr fixes what the sweep varies as 'lr'; --set hidden fixes what the sweep varies as 'set.hidden'. Leave out one of the two.", sweep.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_trial_has_event_files_whose_table_begins_with_what_varies()
    {
        Assert.Equal(ExitCode.Ok, (await SweepAsync(_work, Grid, new StringWriter(), default, "--tensorboard")).ExitCode);
        var folders = Directory.GetDirectories(Path.Combine(_work.Runs, "sweep-best"), "trial-*");
        Assert.Equal(6, folders.Length);
        foreach (var folder in folders)
        {
            var values = EventReader.Values(EventReader.Events(Assert.Single(Directory.GetFiles(Path.Combine(folder, "tensorboard")))));
            var data = values.Where(static v => v.Tag.StartsWith("_hparams_/", StringComparison.Ordinal)).ToDictionary(static v => v.Tag, static v => v.Metadata.Message(1).Message(2));
            var (experiment, session) = (data["_hparams_/experiment"].Message(2), data["_hparams_/session_start_info"].Message(3).Map(1));
            Assert.Equal(["lr", "set.hidden", "network"], experiment.Messages(4).Take(3).Select(static p => p.Text(1)));
            Assert.Equal(["validation/loss", "validation/accuracy"], experiment.Messages(5).Select(static m => m.Message(1).Text(2)));
            Assert.Contains(session["set.hidden"].Double(2), new[] { 4.0, 16.0 });
            var failed = session["lr"].Double(2) > 1;
            Assert.Equal(failed ? 2 : 1, data["_hparams_/session_end_info"].Message(4).Integer(1));
            Assert.Equal(failed ? "failed" : "trained", RunLog.Read(Path.Combine(folder, "log.jsonl")).End!.Outcome);
        }
    }

    [Fact]
    public async Task A_sweep_is_not_resumed_as_a_run_is()
    {
        await SweepAsync(_work, Base + "search:\n  over:\n    lr: [0.1]\n");
        var resumed = await _work.CallAsync("resume", "sweep-best", "--runs", _work.Runs);
        Assert.Equal(ExitCode.Usage, resumed.ExitCode);
        Assert.Contains("is a sweep, which the command that began it goes on with: train sweep FILE.yaml", resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_in_which_nothing_can_be_trained_publishes_nothing()
    {
        var sweep = await SweepAsync(_work, Base + "search:\n  over:\n    lr: [1e30]\n");
        Assert.Equal(ExitCode.CheckFailed, sweep.ExitCode);
        Assert.Contains("None of the 1 trials", sweep.Error, StringComparison.Ordinal);
        Assert.Empty(_work.Published);
    }

    private static Task<Answer> SweepAsync(Workplace work, string yaml) => SweepAsync(work, yaml, new StringWriter(), default, "--json");

    private static async Task<Answer> SweepAsync(Workplace work, string yaml, TextWriter output, CancellationToken cancellation, params string[] more)
    {
        var file = work.PathOf("sweep.yaml");
        await File.WriteAllTextAsync(file, yaml, CancellationToken.None);
        return await work.CallAsync(
            ["sweep", file, "--data", SmallData.Small8, "--runs", work.Runs, "--models", work.Models, "--threads", "1", "--precision", "float32", "--layout", "contiguous", .. more], output, cancellation);
    }
}
