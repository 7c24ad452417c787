using System.Xml.Linq;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

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
        Resuming.ResumeCommandTests.SameModel(straight, _work, "best");

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
    [InlineData("search:\n  over:\n    lr: [1]\n", "no network is named")]
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
