using System.Text.Json.Nodes;
using Toolchain.Train.Observation;
using Toolchain.Train.Optimization;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Observation;

/// <summary>Small networks are trained into each kind of trouble, and a healthy one is left in peace.</summary>
public sealed class DiagnosisTests
{
    private readonly Workplace _work = new();

    [Theory]
    [InlineData("mlp", "--set", "hidden=32")]
    [InlineData("resblocks", "--set", "blocks=2", "--set", "width=8")]
    public async Task A_healthy_run_says_nothing(params string[] network)
    {
        var run = await _work.TrainedAsync([.. network, "--data", SmallData.Reference, "--epochs", "4", "--batch", "32"]);
        Assert.Equal("", string.Join('\n', Findings(run).Select(static f => (string)f["message"]!)));
        Assert.DoesNotContain("note:", run.Answer.Error, StringComparison.Ordinal);
        Assert.Empty(RunLog.Read(Path.Combine(run.Folder, "log.jsonl")).Findings);
    }

    [Fact]
    public async Task A_network_that_learns_its_samples_by_heart_overfits()
    {
        var run = await _work.TrainedAsync("mlp", "--set", "hidden=64", "--validation", "0.5", "--batch", "16", "--epochs", "80", "--schedule", "constant", "--lr", "0.01");
        var finding = Only("overfitting", run);
        Assert.Matches(@"^Overfitting: since epoch \d+ the validation loss has risen from [\d.]+ to [\d.]+, while the training loss fell from [\d.]+ to [\d.]+\.", (string)finding["message"]!);
        Assert.Contains("--early-stop", (string)finding["advice"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_learning_rate_that_is_too_large_makes_the_loss_grow()
    {
        var run = await _work.TrainedAsync("linear", "--optimizer", "sgd", "--schedule", "constant", "--lr", "10", "--batch", "16", "--epochs", "3");
        var finding = Only("growing-loss", run);
        Assert.Matches(@"^The training loss has grown: it was [\d.]+ in the first step and is [\d.e+]+ in epoch 1, at a learning rate of 10\.", (string)finding["message"]!);
    }

    [Fact]
    public void Raw_pixels_are_no_normalised_inputs()
    {
        var heard = new Listener();
        ObservedTraining.Run(
            new Diagnosis(heard), new() { Epochs = 1, BatchSize = 32, LearningRate = 1e-5 }, input: static p => p with { Mean = [0f], Std = [1 / 255f] });
        Assert.Contains("their mean is", Assert.Single(heard.Findings, static f => f.Sign == "unnormalised-inputs").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_outlier_makes_its_column_narrower_than_the_others()
    {
        var run = await _work.TrainedAsync("linear", "--data", Table(400, static i => (i == 3 ? 1e6 : Wave(i, 0.7), Wave(i, 1.3)), static i => Wave(i, 1.3) > 0 ? "yes" : "no"), "--batch", "32");
        Assert.Contains("column 'a'", (string)Only("unnormalised-inputs", run)["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rare_class_that_nothing_tells_apart_is_never_predicted()
    {
        // One row in ten is a defect, whatever its numbers are.
        var run = await _work.TrainedAsync(
            "linear", "--data", Table(800, static i => (Wave(i, 0.7), Wave(i, 1.3)), static i => i % 10 == 0 ? "defect" : "good"), "--batch", "32", "--epochs", "4", "--validation", "0.3", "--lr", "0.05");
        var message = (string)Only("unpredicted-class", run)["message"]!;
        Assert.Matches(@"^A class is never predicted: of the \d+ validation samples of 'defect' \d+ are taken for 'good'\.$", message);
    }

    [Fact]
    public async Task A_leap_at_the_beginning_leaves_dead_rectifiers()
    {
        var run = await _work.TrainedAsync("mlp", "--set", "hidden=64", "--validation", "0.5", "--optimizer", "sgd", "--momentum", "0", "--schedule", "step", "--gamma", "0.00001", "--lr", "30", "--batch", "16", "--epochs", "3");
        var message = (string)Findings(run).Single(static f => (string)f["sign"]! == "dead-relus")["message"]!;
        Assert.Matches(@"^Dead ReLUs: in 1 of 1 ReLU layers at least half of the units are zero for each of the validation samples that were looked into, most in '[a-z0-9.]+', where \d+ of 64 are\.", message);
    }

    [Fact]
    public void A_finding_is_told_once_and_what_an_earlier_process_measured_counts()
    {
        var heard = new Listener();
        var recipe = new TrainingRecipe { Epochs = 3, BatchSize = 32, Optimizer = OptimizerKind.Sgd, Schedule = ScheduleKind.Constant, LearningRate = 0.001 };
        ObservedTraining.Run(new Diagnosis(heard), recipe, start: static s => s with { Earlier = [new(1, 3, new(96, 0.01, 1), null, 0.001, 1, 1)], EarlierSteps = 3 });
        var finding = Assert.Single(heard.Findings);
        Assert.Equal(("growing-loss", 1), (finding.Sign, finding.Epoch));
        Assert.Contains("it was 0.01 in epoch 1", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Signs_have_names_of_their_own() => Assert.Equal(Diagnosis.Signs.Count, Diagnosis.Signs.Select(static s => s.Name).Distinct().Count());

    private static double Wave(int i, double frequency) => Math.Sin(frequency * i * i);

    private static IReadOnlyList<JsonNode> Findings(TinyRun run) => [.. run.Answer.Result["findings"]!.AsArray().Select(static f => f!)];

    /// <summary>The run's one finding, which its terminal and its log have as well.</summary>
    private static JsonNode Only(string sign, TinyRun run)
    {
        var finding = Assert.Single(Findings(run));
        Assert.Equal(sign, (string)finding["sign"]!);
        Assert.Contains($"note: {finding["message"]} {finding["advice"]}\n", run.Answer.Error, StringComparison.Ordinal);
        var logged = Assert.Single(RunLog.Read(Path.Combine(run.Folder, "log.jsonl")).Findings);
        Assert.Equal((sign, (int)finding["epoch"]!, (string)finding["message"]!, (string)finding["advice"]!), (logged.Sign, logged.Epoch, logged.Message, logged.Advice));
        return finding;
    }

    private string Table(int rows, Func<int, (double A, double B)> numbers, Func<int, string> label)
    {
        var file = _work.PathOf("table.csv");
        File.WriteAllLines(file, ["a,b,label", .. Enumerable.Range(0, rows).Select(i =>
        {
            var (a, b) = numbers(i);
            return FormattableString.Invariant($"{a:f6},{b:f6},{label(i)}");
        })]);
        return $"csv:{file}";
    }

    private sealed class Listener : RunObserver
    {
        public List<Finding> Findings { get; } = [];

        public override void Found(Finding finding) => Findings.Add(finding);
    }
}
