using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Reports;

/// <summary><c>train report</c> on runs that really took place.</summary>
public sealed partial class ReportTests
{
    private const string Finding = """{"kind":"finding","sign":"growing-loss","epoch":2,"message":"It <b>grows","advice":"Try less.","elapsed":1}""";

    private readonly Workplace _work = new();

    [Fact]
    public async Task A_report_holds_what_the_run_the_model_and_the_data_say()
    {
        var run = await _work.TrainedAsync([.. TinyRuns.ResBlocks, "--batch", "16", "--epochs", "3", "--lr", "0.01"]);
        var answer = await _work.CallAsync("report", run.Folder, "--json");
        Assert.True(answer.ExitCode == ExitCode.Ok, answer.Error);
        var html = File.ReadAllText(Path.Combine(run.Folder, "report.html"));
        var charts = Charts(html);
        Assert.Equal(["loss", "accuracy", "rate", "speed"], charts.Select(static c => (string)c!["id"]!));
        Assert.Equal(run.Epochs.Select(static e => (double)e["validation_loss"]!), Points(charts, "loss", "validation"));
        Assert.Equal(run.Rates, Points(charts, "rate", "learning rate"));

        var test = DatasetCatalog.Open(SmallData.Small8).Test;
        var cells = Confusion().Matches(html).Select(static m => long.Parse(m.Groups[1].Value.Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal((100, (long)test.Count), (cells.Length, cells.Sum()));
        var right = Enumerable.Range(0, 10).Sum(c => cells[(c * 10) + c]);
        Assert.Equal((double)answer.Result["runs"]![0]!["accuracy"]!, (double)right / test.Count);
        Assert.All(test.ClassNames, name => Assert.Contains($">{WebUtility.HtmlEncode(name)}<", html, StringComparison.Ordinal));

        var pictures = Picture().Matches(html).Select(static m => ImageDecoder.Read(Convert.FromBase64String(m.Groups[1].Value))).ToArray();
        Assert.Equal(Math.Min(24, test.Count - right), pictures.Length);
        Assert.All(pictures, static p => Assert.Equal((8, 8), (p.Height, p.Width)));
        Assert.All(LayerTable.Of(run.Graph).Rows, row => Assert.Contains($"<th scope=\"row\">{row.Name}</th><td>{row.Operator}</td>", html, StringComparison.Ordinal));
        Assert.Contains("train run resblocks", html, StringComparison.Ordinal);
        Assert.Contains("--lr 0.01", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_needs_nothing_else_and_its_policy_names_its_own_style_and_script()
    {
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "1"]);
        await _work.CallAsync("report", run.Folder);
        var html = File.ReadAllText(Path.Combine(run.Folder, "report.html"));
        var policy = Regex.Match(html, "Content-Security-Policy\" content=\"([^\"]+)\"").Groups[1].Value;
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{Hash(html, "<style>", "</style>")}'", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{Hash(html, "<script>", "</script>")}'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
        Assert.All(Reference().Matches(html), static m => Assert.True(m.Groups[1].Value is ['#', ..] || m.Groups[1].Value.StartsWith("data:", StringComparison.Ordinal), m.Value));
        Assert.DoesNotContain("{{", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_classes_are_text_whatever_they_hold()
    {
        const string Evil = "</script><img src=x onerror=alert(1)>\"'&{{data}}";
        var folder = SmallData.Write(128, 32, side: 8);
        var labels = Path.Combine(folder, "labels.txt");
        File.WriteAllLines(labels, File.ReadAllLines(labels).Select((name, i) => i == 3 ? Evil : name));
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "1", "--data", $"idx:{folder}"]);
        await _work.CallAsync("report", run.Folder);
        var html = File.ReadAllText(Path.Combine(run.Folder, "report.html"));
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.Contains($">{WebUtility.HtmlEncode(Evil)}<", html, StringComparison.Ordinal);
        Assert.Equal(2, html.Split("</script>").Length - 1);
    }

    [Fact]
    public async Task A_run_that_was_killed_gives_a_report_of_what_there_is()
    {
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "3"]);
        var lines = File.ReadAllText(Path.Combine(run.Folder, "log.jsonl")).Split('\n');
        var second = Array.FindLastIndex(lines, static l => l.Contains("\"kind\":\"epoch\"", StringComparison.Ordinal)) - 1;
        File.WriteAllText(Path.Combine(run.Folder, "log.jsonl"), string.Join('\n', lines[..second]) + $"\n{Finding}\n{{\"kind\":\"epo");
        var answer = await _work.CallAsync("report", run.Folder, "--json");
        Assert.Equal(ExitCode.Ok, answer.ExitCode);
        Assert.Equal(("not finished", 2, false), ((string)answer.Result["runs"]![0]!["state"]!, (int)answer.Result["runs"]![0]!["epochs"]!, (bool)answer.Result["runs"]![0]!["measured"]!));
        var html = File.ReadAllText(Path.Combine(run.Folder, "report.html"));
        Assert.Equal(2, Points(Charts(html), "loss", "validation").Count);
        Assert.Contains("<li><strong>It &lt;b&gt;grows</strong>Try less.", html, StringComparison.Ordinal);
        Assert.Contains("train resume ", html, StringComparison.Ordinal);
        Assert.Contains("The run has not published a model yet.", html, StringComparison.Ordinal);
        Assert.Contains("not finished: it goes on, or its process was killed", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_measured_is_said_and_not_left_out()
    {
        var folder = SmallData.Write(128, 32, side: 8);
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "1", "--data", $"idx:{folder}"]);
        var other = SmallData.Write(128, 24, side: 8);
        var elsewhere = await _work.CallAsync("report", run.Folder, "--data", $"idx:{other}");
        Assert.Equal((ExitCode.Ok, ""), (elsewhere.ExitCode, elsewhere.Error));
        Assert.Contains("its content has another hash", File.ReadAllText(Path.Combine(run.Folder, "report.html")), StringComparison.Ordinal);

        Directory.Delete(folder, recursive: true);
        var gone = await _work.CallAsync("report", run.Folder, "--json");
        Assert.Equal(ExitCode.Ok, gone.ExitCode);
        Assert.Contains("the test split was not measured", gone.Error, StringComparison.Ordinal);
        Assert.Contains("Say where the model and the data are with --models and --data.", gone.Error, StringComparison.Ordinal);
        var html = File.ReadAllText(Path.Combine(run.Folder, "report.html"));
        Assert.Contains(WebUtility.HtmlEncode((string)gone.Result["runs"]![0]!["why_not"]!), html, StringComparison.Ordinal);
        Assert.Contains("<section id=\"layers\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comparison_shows_in_what_runs_differ_and_nothing_else()
    {
        var first = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "2", "--lr", "0.01", "--name", "slow"]);
        var second = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "2", "--lr", "0.03", "--name", "fast"]);
        var answer = await _work.CallAsync("report", first.Folder, second.Folder, "--json");
        Assert.True(answer.ExitCode == ExitCode.Ok, answer.Error);
        var html = File.ReadAllText(Path.Combine(_work.Runs, "comparison.html"));
        var differences = Regex.Match(html, "<table class=\"differences\">.*?</table>", RegexOptions.Singleline).Value;
        Assert.Equal(["lr"], Regex.Matches(differences, "<th scope=\"row\">([^<]+)</th>").Select(static m => m.Groups[1].Value));
        Assert.Contains("<td>0.01</td><td>0.03</td>", differences, StringComparison.Ordinal);
        Assert.Equal(["slow:1", "fast:1", "slow:1, training", "fast:1, training"], Charts(html)[0]!["series"]!.AsArray().Select(static s => (string)s!["name"]!));
    }

    [Fact]
    public async Task The_command_that_repeats_a_run_repeats_it()
    {
        string[] options = ["--batch", "16", "--epochs", "1", "--optimizer", "sgd", "--nesterov", "--schedule", "multi-step", "--milestones", "1,2", "--flip", "--lr-for", "*.bias=0.001", "--weight-decay", "0.001", "--seed", "5"];
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--replace", "relu1=LeakyReLU(0.2)", .. options]);
        await _work.CallAsync("report", run.Folder, "--log-only");
        var html = File.ReadAllText(Path.Combine(run.Folder, "report.html"));
        var command = WebUtility.HtmlDecode(Regex.Match(html, "<pre><code>([^<]+)</code></pre>").Groups[1].Value);
        Assert.StartsWith("train run mlp --set ", command, StringComparison.Ordinal);
        var words = Words().Matches(command).Select(static m => m.Value.Replace("'", "", StringComparison.Ordinal)).ToArray();
        var threads = Array.IndexOf(words, "--threads");
        var again = await new Workplace().TrainedAsync([.. words[2..threads], .. words[(threads + 2)..]]);
        WeightChecks.Same(run.Weights, again.Weights);
    }

    [Fact]
    public async Task Without_measuring_a_report_is_made_of_the_log()
    {
        var run = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", "1"]);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("report", run.Folder, "--log-only", "--out", _work.PathOf("quick.html"))).ExitCode);
        Assert.Contains("The report was made with --log-only.", File.ReadAllText(_work.PathOf("quick.html")), StringComparison.Ordinal);
        var refused = await _work.CallAsync("report", run.Folder, "--log-only", "--mistakes", "3");
        Assert.Equal((ExitCode.Usage, "train: --log-only measures nothing, so --mistakes has no effect. Leave out one of them.\n"), (refused.ExitCode, refused.Error));
        Assert.Equal(ExitCode.CheckFailed, (await _work.CallAsync("report", run.Folder, "--log-only", "--out", _work.PathOf("no/such/folder.html"))).ExitCode);
        Assert.Equal(ExitCode.BadInput, (await _work.CallAsync("report", _work.PathOf("nothing"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await _work.CallAsync("report", run.Folder, $"{run.Folder}/.", "--log-only")).ExitCode);
    }

    [Fact]
    public async Task Numbers_and_masks_are_reported_by_their_own_measures()
    {
        var table = _work.PathOf("plane.csv");
        File.WriteAllLines(table, ["a,b,y", .. Enumerable.Range(0, 100).Select(static i => FormattableString.Invariant($"{i % 7},{i % 11},{(2 * (i % 7)) - (i % 11)}"))]);
        var numbers = await ReportAsync(await _work.TrainedAsync("linear", "--data", $"csv:{table}", "--batch", "16", "--epochs", "2"));
        Assert.Equal(["loss", "rate", "speed"], Charts(numbers).Select(static c => (string)c!["id"]!));
        Assert.Matches("<dt>r2</dt><dd>[-0-9.]+</dd>", numbers);
        Assert.Contains("<th scope=\"row\">y</th>", numbers, StringComparison.Ordinal);
        Assert.DoesNotContain("Test accuracy", numbers, StringComparison.Ordinal);

        var masks = _work.PathOf("masks");
        foreach (var (part, kind, i) in from part in (string[])["train", "test"] from kind in (string[])["images", "masks"] from i in Enumerable.Range(0, 8) select (part, kind, i))
        {
            var pixels = Enumerable.Range(0, 64).Select(p => (byte)((p + i) % 8 < 4 ? 0 : kind == "masks" ? 1 : 200)).ToArray();
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(masks, part, kind)).FullName, $"{i}.png"), ImageEncoder.Png(pixels, 8, 8, 1));
        }

        File.WriteAllLines(Path.Combine(masks, "classes.txt"), ["dark", "bright"]);
        var pixelwise = await ReportAsync(await _work.TrainedAsync("unet", "--set", "width=2", "--set", "depth=1", "--data", $"masks:{masks}", "--batch", "4", "--epochs", "2"));
        Assert.Matches("<dt>mean_iou</dt><dd>[0-9.]+</dd>", pixelwise);
        Assert.Contains("<th scope=\"row\">bright</th>", pixelwise, StringComparison.Ordinal);
        Assert.Contains("Test accuracy", pixelwise, StringComparison.Ordinal);
    }

    private async Task<string> ReportAsync(TinyRun run)
    {
        var answer = await _work.CallAsync("report", run.Folder, "--json");
        Assert.True(answer.ExitCode == ExitCode.Ok && (bool)answer.Result["runs"]![0]!["measured"]!, answer.Error);
        return File.ReadAllText(Path.Combine(run.Folder, "report.html"));
    }

    private static JsonArray Charts(string html) => JsonNode.Parse(Between(html, "<script type=\"application/json\" id=\"data\">", "</script>"))!.AsArray();

    private static IReadOnlyList<double> Points(JsonArray charts, string chart, string group) =>
        [.. charts.Single(c => (string)c!["id"]! == chart)!["series"]!.AsArray().Single(s => (string)s!["group"]! == group && !(bool)s["background"]!)!["points"]!.AsArray().Select(static p => (double)p![1]!)];

    private static string Hash(string html, string begin, string end) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Between(html, begin, end))))}";

    private static string Between(string text, string begin, string end)
    {
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    [GeneratedRegex("<td[^>]* data-tip=[^>]*>([0-9,]+)</td>")]
    private static partial Regex Confusion();

    [GeneratedRegex("src=\"data:image/png;base64,([^\"]+)\"")]
    private static partial Regex Picture();

    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Words();
}
