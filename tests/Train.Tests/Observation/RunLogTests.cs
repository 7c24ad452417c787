using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Observation;

/// <summary>The log of a run, as it is written and as it is read.</summary>
public sealed class RunLogTests
{
    private static readonly TrainingRecipe Recipe = new() { Epochs = 2, BatchSize = 32 };

    private readonly Workplace _work = new();

    [Fact]
    public void The_document_says_what_the_lines_hold()
    {
        var path = Path.GetFullPath(Path.Combine(Folder(), "../../../train/log.md"));
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            File.WriteAllText(path, RunLogDocument.Text());
        }

        Assert.Equal(File.ReadAllText(path), RunLogDocument.Text());
    }

    [Fact]
    public async Task Lines_have_the_documented_fields_in_the_documented_order()
    {
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--epochs", "2", "--batch", "16", "--log-every", "3"]);
        Assert.Equal(
            "start step step validation epoch checkpoint step step validation epoch checkpoint end",
            string.Join(' ', _work.Log.Select(static l => (string)l["kind"]!)));
        foreach (var line in _work.Log)
        {
            var fields = RunLogDocument.Fields(RunLogFormat.Kinds[(string)line["kind"]!]).Select(RunLogDocument.Name);
            Assert.Equal(["kind", .. fields], line.AsObject().Select(static p => p.Key));
        }

        // Seven steps an epoch: lines at 3, 6, 9 and 12.
        Assert.Equal([3, 6, 9, 12], Lines("step").Select(static l => (int)l["step"]!));
        Assert.Equal(7, (int)Lines("epoch")[0]["steps"]!);
        Assert.All(Lines("checkpoint"), l => Assert.True(Path.Exists(Path.Combine(run.Folder, (string)l["path"]!))));
        Assert.Equal((double)Lines("epoch")[1]["validation_loss"]!, (double)Lines("validation")[1]["loss"]!);
        Assert.Equal(("published", (string)run.Answer.Result["model"]!), ((string)_work.Log[^1]["outcome"]!, (string)_work.Log[^1]["model"]!));
    }

    [Fact]
    public async Task A_run_is_read_as_it_was_written()
    {
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--epochs", "2", "--batch", "16", "--log-every", "1"]);
        var log = RunLog.Read(Path.Combine(run.Folder, "log.jsonl"));
        Assert.Equal(("mlp", 115, 13, 32), (log.Start.Network, log.Start.TrainImages, log.Start.ValidationImages, log.Start.TestImages));
        Assert.Equal(14, log.Steps.Count());
        Assert.Equal(run.Epochs.Select(static e => (double)e["train_loss"]!), log.Epochs.Select(static e => e.TrainLoss));
        foreach (var epoch in log.Epochs)
        {
            // Steps of equal batches: their mean is the epoch's.
            Assert.Equal(epoch.TrainLoss, log.Steps.Where(s => s.Epoch == epoch.Epoch).Average(static s => s.Loss), 1e-9);
            Assert.Equal(epoch.TrainAccuracy!.Value, log.Steps.Where(s => s.Epoch == epoch.Epoch).Average(static s => s.Accuracy!.Value), 1e-9);
        }

        Assert.Equal("published", log.End!.Outcome);
    }

    [Fact]
    public async Task Regression_has_no_accuracy_and_a_run_without_validation_no_validation_lines()
    {
        var file = _work.PathOf("line.csv");
        await File.WriteAllLinesAsync(file, ["x,y", .. Enumerable.Range(0, 100).Select(static i => $"{i},{2 * i}")]);
        var run = await _work.TrainedAsync("linear", "--data", $"csv:{file}", "--batch", "16", "--epochs", "1", "--validation", "0", "--log-every", "1");
        var log = RunLog.Read(Path.Combine(run.Folder, "log.jsonl"));
        Assert.Empty(log.Validations);
        Assert.All(log.Steps, static s => Assert.Null(s.Accuracy));
        var epoch = Assert.Single(log.Epochs);
        Assert.Equal((null, null, null), (epoch.TrainAccuracy, epoch.ValidationLoss, epoch.ValidationAccuracy));
    }

    [Fact]
    public void The_log_can_be_read_while_it_is_written_and_a_torn_line_is_left_out()
    {
        var run = ObservedTraining.NewRun();
        using var writer = new RunLogWriter(run, TimeProvider.System, 1);
        using var reader = new ReadsAlong(run.Log);
        using var both = new RunObservers(writer, reader);
        ObservedTraining.Run(both, Recipe);
        Assert.Equal([1, 2, 3, 4, 5, 6], reader.Counts);
        writer.Dispose();

        var whole = File.ReadAllBytes(run.Log);
        var last = RunLog.Read(run.Log).Lines[^1];
        for (var cut = 1; cut <= 40; cut += 13)
        {
            File.WriteAllBytes(run.Log, whole[..^cut]);
            var log = RunLog.Read(run.Log);
            Assert.Null(log.End);
            Assert.IsType<EpochLine>(log.Lines[^1]);
            Assert.NotEqual(last, log.Lines[^1]);
        }
    }

    [Fact]
    public void A_resumed_run_goes_on_behind_the_last_whole_line_and_replaces_the_steps_that_were_lost()
    {
        var run = ObservedTraining.NewRun();
        using (var writer = new RunLogWriter(run, TimeProvider.System, 1))
        {
            ObservedTraining.Run(writer, Recipe);
        }

        File.AppendAllText(run.Log, "{\"kind\":\"st");
        using (var writer = new RunLogWriter(run, TimeProvider.System, 1))
        {
            // The loop begins anew here, which gives other losses than those that were lost.
            ObservedTraining.Run(writer, Recipe with { Epochs = 1 }, start: static s => s with { Earlier = [new(1, 3, default, null, 0, 0, 0)], EarlierSteps = 3 });
        }

        Assert.All(File.ReadAllLines(run.Log), static line => JsonNode.Parse(line));
        var log = RunLog.Read(run.Log);
        Assert.Equal([1, 2, 3, 1, 2, 3], log.Steps.Select(static s => s.Step));
        Assert.Equal([1, 1], log.Epochs.Select(static e => e.Epoch));
        var resume = Assert.Single(log.Lines.OfType<ResumeLine>());
        Assert.Equal((1, 3L), (resume.Epochs, resume.Steps));
    }

    [Fact]
    public void A_line_that_the_disk_has_no_room_for_is_taken_back()
    {
        // The log reaches 48 KiB after some 200 steps.
        var exitCode = TrainProcess.RunWithin(
            48, out var error,
            ["run", .. TinyRuns.Mlp, "--data", SmallData.Small8, "--epochs", "40", "--batch", "8", "--log-every", "1", "--precision", "float32", "--layout", "contiguous", "--threads", "1", "--models", _work.Models, "--runs", _work.Runs]);
        Assert.True(exitCode == 1, error);
        var path = Path.Combine(_work.Run, "log.jsonl");
        Assert.StartsWith($"train: Cannot write '{path}': ", error, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(path).Length, 40_000, 48 * 1024);
        Assert.Equal(File.ReadAllLines(path).Length, RunLog.Read(path).Lines.Count);
        Assert.EndsWith("}\n", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_and_fields_of_later_versions_are_passed_over()
    {
        var run = Written();
        var lines = File.ReadAllLines(run);
        lines[1] = lines[1].Replace("\"step\":1", "\"new\":{\"a\":[1]},\"step\":1", StringComparison.Ordinal);
        File.WriteAllLines(run, [lines[0], "{\"kind\":\"of-tomorrow\",\"x\":1}", .. lines[1..]]);
        var log = RunLog.Read(run);
        Assert.Equal(lines.Length, log.Lines.Count);
        Assert.Equal(1, log.Steps.First().Step);
    }

    [Fact]
    public void What_is_no_log_is_refused_with_its_line()
    {
        var run = Written();
        var lines = File.ReadAllLines(run);
        File.WriteAllLines(run, [lines[0], "no JSON", .. lines[1..]]);
        var damaged = Assert.Throws<ToolchainException>(() => RunLog.Read(run));
        Assert.Equal(ErrorKind.BadInput, damaged.Kind);
        Assert.Contains("log.jsonl', line 2: expected a line of a run's log, found 'no JSON'.", damaged.Message, StringComparison.Ordinal);
        File.WriteAllLines(run, lines[1..]);
        Assert.Contains("does not begin with a line of kind \"start\"", Assert.Throws<ToolchainException>(() => RunLog.Read(run)).Message, StringComparison.Ordinal);
        foreach (var text in new[] { "[1]\n", "{}\n", "{\"kind\":null}\n", "{\"kind\":\"step\"}\n", "" })
        {
            File.WriteAllText(run, text);
            Assert.Equal(ErrorKind.BadInput, Assert.Throws<ToolchainException>(() => RunLog.Read(run)).Kind);
        }

        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => RunLog.Read(run + ".gone")).Kind);
    }

    [Fact]
    public void A_number_that_is_none_is_null()
    {
        var line = new ValidationLine { Epoch = 1, Steps = 2, Images = 3, Loss = double.NaN, Accuracy = 0, Seconds = 0, Elapsed = 0 };
        var text = JsonSerializer.Serialize<RunLogLine>(line, RunLogFormat.Json);
        Assert.Equal("""{"kind":"validation","epoch":1,"steps":2,"images":3,"loss":null,"accuracy":0,"seconds":0,"elapsed":0}""", text);
        Assert.Equal(line, JsonSerializer.Deserialize<RunLogLine>(text, RunLogFormat.Json));
    }

    private static string Folder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;

    private static string Written()
    {
        var run = ObservedTraining.NewRun();
        using var writer = new RunLogWriter(run, TimeProvider.System, 1);
        ObservedTraining.Run(writer, Recipe);
        return run.Log;
    }

    private JsonNode[] Lines(string kind) => [.. _work.Log.Where(l => (string)l["kind"]! == kind)];

    private sealed class ReadsAlong(string path) : RunObserver
    {
        public List<int> Counts { get; } = [];

        public override void StepEnded(in StepReport step) => Counts.Add(RunLog.Read(path).Steps.Count());
    }
}
