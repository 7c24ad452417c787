using System.Globalization;
using System.Xml.Linq;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using static Toolchain.Train.Reports.Markup;
using static Toolchain.Train.Reports.ReportPage;

namespace Toolchain.Train.Reports;

/// <summary>The page of one run.</summary>
internal static class RunReportPage
{
    /// <summary>Puts it together.</summary>
    public static ReportPage Of(ReportedRun reported)
    {
        var (run, charts) = (reported.Run, RunCurves.Of(reported.Run));
        return new(reported.Title, Lead(reported), Tiles(reported),
        [
            .. Findings(run),
            Section("curves", "Curves", charts.Count > 0 ? Plots(charts) : Missing("No epoch has ended yet, so there are no curves."), Epochs(run)),
            .. TestSections.Of(reported),
            Layers(reported.Model),
            .. ProfileSection.Of(run),
            Recipe(run),
            Repeat([reported]),
            Footer(),
        ], charts);
    }

    /// <summary>The last section: what made the page.</summary>
    public static XElement Footer() => Section(
        "about", "About this report", Tag("p.note", $"Made by train report of Toolchain {ToolSpec.Current.Version}. Losses are means per image in nats where they are cross-entropies; times are wall times. The page loads nothing and works without a network."));

    /// <summary>The commands that train the same again.</summary>
    public static XElement Repeat(IReadOnlyList<ReportedRun> runs) => Section("repeat", "Do it again", runs.SelectMany(reported => (XElement?[])
    [
        runs.Count > 1 ? Tag("h3", reported.Title) : null,
        Tag("p.note", $"The same settings again{(reported.Run.Start.Device.StartsWith("cpu", StringComparison.Ordinal) ? "; with the same engine on the same kind of processor, the same weights" : "")}:"),
        Command(RepeatCommand.Of(reported.Run.Spec)),
        .. reported.Run.Model is { } model ? (XElement[])[Tag("p.note", "The published model again from its manifest alone, and whether every byte of its weights is the same:"), Command($"train reproduce {model}")] : [],
        .. reported.Run.State is RunState.Published ? (XElement[])[] : [Tag("p.note", "On from where it was, if no process is at it any more:"), Command($"train resume {RepeatCommand.Quoted(reported.Run.Folder)}")],
    ]));

    private static XElement Command(string text) => Tag("div.command", Tag("pre", Tag("code", text)));

    private static XElement Lead(ReportedRun reported)
    {
        var (run, start) = (reported.Run, reported.Run.Start);
        var why = run.End?.Why is { } reason ? $": {reason}" : run.State == RunState.Open ? ": it goes on, or its process was killed" : "";
        return Tag(
            "p.lead",
            Tag($"span.state{(run.State == RunState.Published ? "" : ".open")}", $"{reported.State}{why}"),
            Tag("br"),
            string.Create(CultureInfo.InvariantCulture, $"{start.Network} on {start.Data}, begun {Display.Time(start.Time)}, on {start.Device} with {Figures.Count(start.Threads, "thread")}"));
    }

    private static List<(string, string, string?)> Tiles(ReportedRun reported)
    {
        var (run, test) = (reported.Run, reported.TestMetrics);
        var tiles = new List<(string, string, string?)>();
        if (test?.Accuracy is not null)
        {
            tiles.Add(("Test accuracy", Figures.Percent(test.Accuracy), Figures.Count(test.Images, "image")));
        }

        if (test is not null)
        {
            tiles.Add(("Test loss", Figures.Loss(test.Loss), null));
        }

        if (run.Best is { } best)
        {
            var result = best.ValidationAccuracy is { } accuracy ? $"validation {Figures.Percent(accuracy)}" : best.ValidationLoss is { } loss ? $"validation loss {Figures.Loss(loss)}" : "the last one counts";
            tiles.Add(("Best epoch", $"{best.Epoch} of {run.Epochs[^1].Epoch}", result));
        }

        tiles.Add(("Parameters", Figures.Count(run.Start.Parameters), run.Start.Network));
        var (seconds, speed) = (run.Epochs.Sum(static e => e.Seconds), run.End?.ImagesPerSecond ?? run.Last?.ImagesPerSecond);
        tiles.Add(("Training speed", Figures.Count(speed), "images a second"));
        tiles.Add(("Time", Figures.Duration(run.Seconds), run.Epochs.Count > 0 ? $"{Figures.Duration(seconds / run.Epochs.Count)} an epoch" : null));
        return tiles;
    }

    private static IEnumerable<XElement> Findings(RunRecord run) => run.Findings.Count == 0 ? [] :
    [
        Section("findings", "What stands out", Tag("ul.findings", run.Findings.Select(static f => Tag("li", Tag("strong", f.Message), f.Advice, Tag("span.note", $" (seen after epoch {f.Epoch})"))))),
    ];

    private static XElement? Epochs(RunRecord run)
    {
        if (run.Epochs.Count == 0)
        {
            return null;
        }

        var waited = run.Steps.GroupBy(static s => s.Epoch).ToDictionary(static g => g.Key, static g => g.Sum(static s => s.WaitedSeconds));
        XElement[] head = [Head("epoch"), .. ((string[])["training loss", "accuracy", "validation loss", "accuracy", "learning rate", "images/s", "waiting for data", "time"]).Select(static n => Head(n, ".n"))];
        return Tag("details", Tag("summary", $"All {Figures.Count(run.Epochs.Count, "epoch")} as a table"), Tag("div.scroll", Attr("tabindex", "0"), Table(".epochs", head, run.Epochs.Select(e => Tag(
            "tr",
            Tag($"th{(e.Epoch == run.Best?.Epoch ? ".best" : "")}", Attr("scope", "row"), Figures.Count(e.Epoch)),
            Tag("td.n", Figures.Loss(e.TrainLoss)),
            Tag("td.n", Figures.Percent(e.TrainAccuracy)),
            Tag("td.n", Figures.Loss(e.ValidationLoss)),
            Tag("td.n", Figures.Percent(e.ValidationAccuracy)),
            Tag("td.n", Figures.Number(e.LearningRate)),
            Tag("td.n", Figures.Count(e.ImagesPerSecond)),
            Tag("td.n", waited.TryGetValue(e.Epoch, out var seconds) ? Figures.Percent(seconds / e.Seconds) : Figures.None),
            Tag("td.n", Figures.Duration(e.Seconds)))))));
    }

    private static XElement Layers(Obtained<PublishedModel> model)
    {
        if (model.Value is not { } published)
        {
            return Section("layers", "Layers", Missing($"The layers are those of the published model. {model.WhyNot}"));
        }

        var table = LayerTable.Of(published.Graph);
        var most = Math.Max(1, table.Rows.Max(static r => r.MultiplyAdds));
        XElement[] head = [Head("layer"), Head("operator"), Head("output"), Head("parameters", ".n"), Head("multiply-adds", ".n"), Head("", ".bars")];
        return Section(
            "layers",
            "Layers",
            Tag("p.note", $"For one image: {Figures.Count(table.MultiplyAdds)} multiply-adds and {Display.Bytes(table.ActivationBytes)} of activations; {Figures.Count(table.Trainable)} trained parameters. The bars compare the layers' multiply-adds."),
            Tag("div.scroll", Attr("tabindex", "0"), Table(".layers", head, table.Rows.Select(r => Tag(
                "tr",
                Tag("th", Attr("scope", "row"), r.Name),
                Tag("td", r.Operator),
                Tag("td", r.Output?.ToString() ?? Figures.None),
                Tag("td.n", r.Parameters + r.Buffers > 0 ? Figures.Count(r.Parameters + r.Buffers) : Figures.None),
                Tag("td.n", r.MultiplyAdds > 0 ? Figures.Count(r.MultiplyAdds) : Figures.None),
                Tag("td.bars", r.MultiplyAdds > 0 ? Bar((double)r.MultiplyAdds / most) : null))))));
    }

    private static XElement Recipe(RunRecord run) => Section("recipe", "Recipe", Facts(
    [
        ("network", run.Start.Network),
        ("data", run.Start.Data),
        ("samples", $"{Figures.Count(run.Start.TrainImages)} training, {Figures.Count(run.Start.ValidationImages)} validation, {Figures.Count(run.Start.TestImages)} test"),
        .. run.Start.Recipe.Select(static s => (s.Key.Replace('_', ' '), Figures.Setting(s.Value))),
        ("seed", run.Start.Seed.ToString(CultureInfo.InvariantCulture)),
    ]));

    private static XElement Head(string text, string classes = "") => Tag($"th{classes}", Attr("scope", "col"), text);
}
