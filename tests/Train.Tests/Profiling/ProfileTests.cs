using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Toolchain.Registry.Cli;
using Toolchain.Train.Profiling;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Profiling;

/// <summary><c>train run --profile</c>, and what it leaves in the run's folder.</summary>
public sealed class ProfileTests
{
    [Fact]
    public async Task A_profiled_run_ends_in_the_same_weights_and_leaves_a_trace_a_flame_graph_and_the_hottest_ten()
    {
        string[] options = [.. TinyRuns.ResBlocks, "--epochs", "3", "--batch", "16", "--crop", "1", "--flip"];
        var plain = await TinyRuns.TrainAsync(options);
        var profiled = await TinyRuns.TrainAsync([.. options, "--profile", "5"]);
        WeightChecks.Same(plain.Weights, profiled.Weights);
        Assert.False(Directory.Exists(new ProfileFolder(plain.Folder).Path));

        var folder = new ProfileFolder(profiled.Folder);
        var summary = folder.ReadSummary();
        Assert.Equal((11, 5, 10), (summary.FirstStep, summary.Steps, summary.Hottest.Count));
        Assert.Equal(summary.Hottest.OrderByDescending(static h => h.Seconds), summary.Hottest);
        Assert.All(summary.Hottest, static h => Assert.InRange(h.Share, 0, 1));
        Assert.Contains("profile of 5 steps from step 11 on", profiled.Answer.Error, StringComparison.Ordinal);
        Assert.All(summary.Hottest, h => Assert.Contains(h.Name, profiled.Answer.Error, StringComparison.Ordinal));

        var steps = Assert.Single(summary.Tree, static r => r.Name == "training steps");
        Assert.Equal(summary.Seconds, steps.Seconds, 1e-9);
        Assert.Equal(
            ["waiting for data", "to the device", "forward", "loss", "backward", "optimiser"], steps.Children.Select(static c => c.Name));
        Assert.All(steps.Children, static c => Assert.Equal(5, c.Calls));
        Assert.Contains(summary.Tree, static r => r.Name == "validation" && r.Children.Count > 0);
        Assert.Contains(summary.Tree, static r => r.Name == "batches 0" && r.Children.Any(static c => c.Name == "augmenting"));
        Assert.All(summary.Tree, Fits);
        Assert.Equal("training", Assert.Single(summary.Threads, static t => t.Name == "training").Name);
        Assert.All(summary.Threads, static t => Assert.Equal(1, t.Computing + t.Queued + t.Asleep, 1e-9));
        Assert.All(summary.Threads, static t => Assert.All([t.Computing, t.Queued, t.Asleep], static share => Assert.InRange(share, 0, 1)));
    }

    [Fact]
    public async Task The_trace_is_in_the_format_that_viewers_read()
    {
        var run = await TinyRuns.TrainAsync([.. TinyRuns.Mlp, "--steps", "6", "--batch", "16", "--profile", "4"]);
        var trace = JsonNode.Parse(File.ReadAllText(new ProfileFolder(run.Folder).Trace))!;
        var events = trace["traceEvents"]!.AsArray();
        var named = events.Where(static e => (string)e!["ph"]! == "M").ToDictionary(static e => (int)e!["tid"]!, static e => (string)e!["args"]!["name"]!);
        Assert.Equal("training", named[1]);
        var spans = events.Where(static e => (string)e!["ph"]! == "X").ToArray();
        Assert.All(spans, e => Assert.True((double)e!["ts"]! >= 0 && (double)e["dur"]! >= 0 && named.ContainsKey((int)e["tid"]!), e.ToJsonString()));
        Assert.Equal(4, spans.Count(static e => (string)e!["name"]! == "step"));
        Assert.Contains(spans, static e => (string)e!["cat"]! == "backward" && ((string)e["name"]!).Contains("Gemm", StringComparison.Ordinal));

        // On one thread a span lies within another or beside it.
        foreach (var thread in spans.GroupBy(static e => (int)e!["tid"]!))
        {
            var open = new Stack<double>();
            foreach (var span in thread)
            {
                var (from, to) = ((double)span!["ts"]!, (double)span["ts"]! + (double)span["dur"]!);
                while (open.TryPeek(out var end) && end <= from + 0.01)
                {
                    open.Pop();
                }

                Assert.True(!open.TryPeek(out var outer) || to <= outer + 0.01, span.ToJsonString());
                open.Push(to);
            }
        }
    }

    [Fact]
    public async Task The_report_of_a_profiled_run_shows_where_the_time_goes()
    {
        var work = new Workplace();
        var run = await work.TrainedAsync([.. TinyRuns.Mlp, "--steps", "4", "--batch", "16", "--profile"]);
        Assert.Equal((1, 4), (new ProfileFolder(run.Folder).ReadSummary().FirstStep, new ProfileFolder(run.Folder).ReadSummary().Steps));
        await work.CallAsync("report", run.Folder, "--log-only");
        var html = File.ReadAllText(Path.Combine(run.Folder, "report.html"));
        Assert.Contains("Where the time goes", html, StringComparison.Ordinal);
        Assert.Contains("training steps › forward", WebUtility.HtmlDecode(html), StringComparison.Ordinal);

        File.WriteAllText(new ProfileFolder(run.Folder).Summary, "{");
        await work.CallAsync("report", run.Folder, "--log-only");
        Assert.Contains("cannot be read", File.ReadAllText(Path.Combine(run.Folder, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_of_steps_that_is_none_is_refused()
    {
        var answer = await new Workplace().TrainAsync("mlp", "--data", SmallData.Small8, "--profile", "0");
        Assert.Equal(ExitCode.Usage, answer.ExitCode);
        Assert.Contains("--profile is '0'; it takes a number of steps from 1.", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flame_graph_is_well_formed_whatever_layers_are_called_and_widths_are_times()
    {
        var tree = new ProfileNode("training steps", "training steps", 2, 2,
        [
            new("forward", "forward", 1.5, 2, [new("<a> & \"b\"", "forward", 0.5, 2, []), new("conv1 Conv", "forward", 0.75, 2, [])]),
            new("backward", "backward", 0.5, 2, []),
        ]);
        var svg = XDocument.Parse(FlameGraph.Svg(new(1, 2, 2, "", [], [], [tree]))).Root!;
        var boxes = svg.Elements().Where(static e => (string?)e.Attribute("class") == "b").ToDictionary(
            static e => e.Value.Split(':')[0], static e => ((double)e.Attribute("x")!, (double)e.Attribute("width")!));
        Assert.Equal(5, boxes.Count);
        var (left, width) = boxes["training steps"];
        Assert.Equal((left, width * 0.75), boxes["training steps › forward"]);
        Assert.Equal((left, width * 0.25), boxes["training steps › forward › <a> & \"b\""]);
        Assert.Equal((left + (width * 0.75), width * 0.25), boxes["training steps › backward"]);
    }

    private static void Fits(ProfileNode node)
    {
        Assert.True(node.Children.Sum(static c => c.Seconds) <= node.Seconds + 1e-6, $"{node.Name}: {JsonSerializer.Serialize(node)}");
        Assert.All(node.Children, Fits);
    }
}
