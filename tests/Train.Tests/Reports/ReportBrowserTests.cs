using System.Text.Json.Nodes;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Reports;

/// <summary>A report and a comparison of short runs, and a browser.</summary>
public sealed class OpenedReports : IAsyncLifetime
{
    /// <summary>Epochs of the first run; the second has one more.</summary>
    public const int Epochs = 4;

    private readonly Workplace _work = new();
    private Chromium? _browser;

    internal Chromium Browser => _browser ?? throw new InvalidOperationException("The browser is not there yet.");

    internal string Page { get; private set; } = "";

    internal string Comparison { get; private set; } = "";

    /// <summary>What the first run's log says of its last epoch.</summary>
    internal JsonNode Last { get; private set; } = new JsonObject();

    public async ValueTask InitializeAsync()
    {
        var first = await _work.TrainedAsync([.. TinyRuns.ResBlocks, "--batch", "16", "--epochs", $"{Epochs}", "--log-every", "2"]);
        var second = await _work.TrainedAsync([.. TinyRuns.Mlp, "--batch", "16", "--epochs", $"{Epochs + 1}", "--name", "other"]);
        (Page, Comparison, Last) = (Path.Combine(first.Folder, "report.html"), _work.PathOf("comparison.html"), first.Epochs[^1]);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("report", first.Folder)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _work.CallAsync("report", first.Folder, second.Folder, "--out", Comparison)).ExitCode);
        _browser = await Chromium.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }
}

/// <summary>A report, opened as a person opens it.</summary>
public sealed class ReportBrowserTests(OpenedReports reports) : IClassFixture<OpenedReports>
{
    private const int Epochs = OpenedReports.Epochs;

    [Fact]
    public async Task A_report_opens_without_a_complaint_and_loads_nothing()
    {
        foreach (var (path, width, dark) in ((string, int, bool)[])[(reports.Page, 1280, false), (reports.Page, 390, true), (reports.Comparison, 1280, true), (reports.Comparison, 390, false)])
        {
            var page = await reports.Browser.OpenAsync(path, width, dark);
            Assert.Equal([new Uri(path).AbsoluteUri], page.Requests);
            Assert.Empty(page.Complaints);
            Assert.True((bool)(await page.EvaluateAsync("[...document.images].every(i => i.complete && i.naturalWidth > 0)"))!);
            Assert.Equal(width, (int)(await page.EvaluateAsync("document.documentElement.scrollWidth"))!);
        }
    }

    [Fact]
    public async Task The_policy_lets_no_other_script_run_and_nothing_be_fetched()
    {
        var page = await reports.Browser.OpenAsync(reports.Page);
        Assert.Equal("refused", (string)(await page.EvaluateAsync("fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'refused')"))!);
        await page.EvaluateAsync("(() => { const s = document.createElement('script'); s.textContent = 'window.foreign = true'; document.body.append(s); })()");
        Assert.False((bool)(await page.EvaluateAsync("'foreign' in window"))!);
        Assert.Contains(page.Complaints, static c => c.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Curves_have_a_point_for_every_epoch_and_show_it_to_pointer_and_keys()
    {
        var page = await reports.Browser.OpenAsync(reports.Page);
        foreach (var chart in (string[])["loss", "accuracy"])
        {
            foreach (var series in (string[])["training", "validation"])
            {
                Assert.Equal(Epochs, (int)(await page.EvaluateAsync($"Number(document.querySelector('#chart-{chart} .curve:not(.background)[data-series={series}]').dataset.points)"))!);
            }

            Assert.Equal(2 * Epochs, (int)(await page.EvaluateAsync($"document.querySelectorAll('#chart-{chart} .dot').length"))!);
        }

        await page.HoverAsync("#chart-accuracy .plot");
        var tip = await Tip(page);
        Assert.StartsWith("epoch ", tip[0], StringComparison.Ordinal);
        Assert.Equal(["training", "validation"], tip.Skip(1).Select(static line => line.Split('|')[0]));

        await page.EvaluateAsync("document.querySelector('#chart-accuracy .plot').focus()");
        await page.PressAsync("End");
        Assert.Equal([$"epoch {Epochs}", $"training|{Percent(reports.Last["train_accuracy"]!)}", $"validation|{Percent(reports.Last["validation_accuracy"]!)}"], await Tip(page));
        await page.PressAsync("Escape");
        Assert.True((bool)(await page.EvaluateAsync("document.getElementById('tip').hidden"))!);
    }

    [Fact]
    public async Task The_legend_hides_curves_and_the_matrix_tells_its_cells()
    {
        var page = await reports.Browser.OpenAsync(reports.Page);
        await page.EvaluateAsync("document.querySelector('#chart-loss .legend button').click()");
        Assert.Equal(Epochs, (int)(await page.EvaluateAsync("document.querySelectorAll('#chart-loss .dot').length"))!);
        await page.HoverAsync(".matrix td.right");
        Assert.Equal(["taken for", "images", "share"], (await Tip(page)).Skip(1).Select(static line => line.Split('|')[0]));
        await page.EvaluateAsync("document.querySelector('.matrix').focus()");
        await page.PressAsync("ArrowDown");
        Assert.False((bool)(await page.EvaluateAsync("document.getElementById('tip').hidden"))!);
    }

    [Fact]
    public async Task The_button_changes_the_colours()
    {
        var page = await reports.Browser.OpenAsync(reports.Page, dark: true);
        const string Background = "getComputedStyle(document.body).backgroundColor";
        var dark = (string)(await page.EvaluateAsync(Background))!;
        await page.EvaluateAsync("document.getElementById('theme').click()");
        var light = (string)(await page.EvaluateAsync(Background))!;
        Assert.NotEqual(dark, light);
        Assert.Equal("Colours: light", (string)(await page.EvaluateAsync("document.getElementById('theme').textContent"))!);
        await page.EvaluateAsync("document.getElementById('theme').click()");
        Assert.Equal(dark, (string)(await page.EvaluateAsync(Background))!);
    }

    [Fact]
    public async Task A_comparison_draws_the_runs_on_each_other()
    {
        var page = await reports.Browser.OpenAsync(reports.Comparison);
        Assert.Equal(2 * (Epochs + Epochs + 1), (int)(await page.EvaluateAsync("document.querySelectorAll('#chart-loss .dot').length"))!);
        await page.EvaluateAsync("document.querySelector('#chart-loss .plot').focus()");
        await page.PressAsync("Home");
        Assert.Equal(["epoch 1", "resblocks:1", "other:1", "resblocks:1, training", "other:1, training"], (await Tip(page)).Select(static line => line.Split('|')[0]));
    }

    // The heading, and each line's name and value.
    private static async Task<string[]> Tip(BrowserPage page) =>
        [.. ((JsonArray)(await page.EvaluateAsync("[document.querySelector('#tip b').textContent, ...[...document.querySelectorAll('#tip span')].map(s => [...s.childNodes].filter(n => n.nodeName !== 'svg').map(n => n.textContent).join('|'))]"))!).Select(static t => (string)t!)];

    private static string Percent(JsonNode share) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100 * (double)share:0.00} %");
}
