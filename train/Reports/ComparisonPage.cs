using System.Globalization;
using System.Xml.Linq;
using Toolchain.Registry.Cli;
using static Toolchain.Train.Reports.Markup;
using static Toolchain.Train.Reports.ReportPage;

namespace Toolchain.Train.Reports;

/// <summary>The page that compares several runs.</summary>
internal static class ComparisonPage
{
    /// <summary>Puts it together.</summary>
    public static ReportPage Of(IReadOnlyList<ReportedRun> runs)
    {
        var names = Names(runs);
        var charts = RunCurves.Of([.. runs.Select(static r => r.Run)], names);
        return new($"{Figures.Count(runs.Count, "run")} compared", Tag("p.lead", string.Join(", ", names)), Tiles(runs, names),
        [
            Section("results", "Results", Results(runs, names), Notes(runs, names)),
            Section("curves", "Curves", charts.Count > 0 ? Plots(charts) : Missing("No epoch of any of the runs has ended yet, so there are no curves.")),
            Section("differences", "Differences", Differences(runs, names)),
            .. Classes(runs, names),
            .. runs.Index().Where(static r => r.Item.Run.Findings.Count > 0).Select(r => Section(
                $"findings-{r.Index + 1}", $"What stands out in {names[r.Index]}", Tag("ul.findings", r.Item.Run.Findings.Select(static f => Tag("li", Tag("strong", f.Message), f.Advice))))),
            RunReportPage.Repeat(runs),
            RunReportPage.Footer(),
        ], charts);
    }

    // The published versions, or the names of the folders, or where they are: the first of these that tells the runs apart.
    private static string[] Names(IReadOnlyList<ReportedRun> runs) => ((Func<ReportedRun, string>[])[static r => r.Title, static r => r.Run.Name, static r => r.Run.Folder])
        .Select(name => runs.Select(name).ToArray())
        .First(names => names.Distinct().Count() == runs.Count);

    private static List<(string, string, string?)> Tiles(IReadOnlyList<ReportedRun> runs, string[] names)
    {
        var tiles = new List<(string, string, string?)>();
        Best("Best test accuracy", static r => r.TestMetrics?.Accuracy, Figures.Percent, highest: true);
        Best("Best test loss", static r => r.TestMetrics?.Loss, Figures.Loss, highest: false);
        Best("Most images a second", static r => r.Run.End?.ImagesPerSecond, Figures.Count, highest: true);
        Best("Shortest time", static r => r.Run.End is null ? null : r.Run.Seconds, Figures.Duration, highest: false);
        return tiles;

        void Best(string title, Func<ReportedRun, double?> value, Func<double?, string> text, bool highest)
        {
            if (Winner(runs, value, highest) is { } winner)
            {
                tiles.Add((title, text(value(runs[winner])), names[winner]));
            }
        }
    }

    private static int? Winner(IReadOnlyList<ReportedRun> runs, Func<ReportedRun, double?> value, bool highest)
    {
        var measured = runs.Index().Where(r => value(r.Item) is { } v && double.IsFinite(v)).ToArray();
        return measured.Length == 0 ? null : highest ? measured.MaxBy(r => value(r.Item)).Index : measured.MinBy(r => value(r.Item)).Index;
    }

    private static XElement Results(IReadOnlyList<ReportedRun> runs, string[] names)
    {
        (string Title, Func<ReportedRun, double?> Value, Func<double?, string> Text, bool? Highest)[] columns =
        [
            ("test accuracy", static r => r.TestMetrics?.Accuracy, Figures.Percent, true),
            ("test loss", static r => r.TestMetrics?.Loss, Figures.Loss, false),
            ("best validation accuracy", static r => r.Run.Best?.ValidationAccuracy, Figures.Percent, true),
            ("best epoch", static r => r.Run.Best?.Epoch, Figures.Count, null),
            ("epochs", static r => r.Run.Epochs.Count, Figures.Count, null),
            ("parameters", static r => r.Run.Start.Parameters, Figures.Count, null),
            ("images/s", static r => r.Run.End?.ImagesPerSecond ?? r.Run.Last?.ImagesPerSecond, Figures.Count, true),
            ("time", static r => r.Run.Seconds, Figures.Duration, null),
        ];
        var winners = columns.Select(c => c.Highest is { } highest ? Winner(runs, c.Value, highest) : null).ToArray();
        return Tag("div.scroll", Attr("tabindex", "0"), Table(
            ".results",
            [Tag("th", Attr("scope", "col"), "run"), .. columns.Select(static c => Tag("th.n", Attr("scope", "col"), c.Title)), Tag("th", Attr("scope", "col"), "state")],
            runs.Select((run, i) => Tag(
                "tr",
                Tag("th", Attr("scope", "row"), Tag($"span.run.k{i % Curve.Colours}"), names[i]),
                columns.Select((c, column) => Tag($"td.n{(winners[column] == i ? ".best" : "")}", c.Text(c.Value(run)))),
                Tag("td", run.State)))));
    }

    private static IEnumerable<XElement> Notes(IReadOnlyList<ReportedRun> runs, string[] names) => runs.Index()
        .Where(static r => r.Item.Test.WhyNot is not null)
        .Select(r => Tag("p.note", $"{names[r.Index]}: not measured for this report. {r.Item.Test.WhyNot}"));

    private static IEnumerable<XElement> Differences(IReadOnlyList<ReportedRun> runs, string[] names)
    {
        var settings = runs.Select(Settings).ToArray();
        string[] keys = [.. settings.SelectMany(static s => s.Keys).Distinct()];
        var different = keys.Where(key => settings.Select(s => s.GetValueOrDefault(key, Figures.None)).Distinct().Count() > 1).ToArray();
        yield return different.Length == 0 ? Tag("p.note", "The runs have the same settings throughout.") : Tag("div.scroll", Attr("tabindex", "0"), Table(
            ".differences",
            [Tag("th", Attr("scope", "col"), "setting"), .. names.Select(static (name, i) => Tag("th", Attr("scope", "col"), Tag($"span.run.k{i % Curve.Colours}"), name))],
            different.Select(key => Tag("tr", Tag("th", Attr("scope", "row"), key), settings.Select(s => Tag("td", s.GetValueOrDefault(key, Figures.None)))))));
        if (keys.Except(different).ToArray() is { Length: > 0 } same)
        {
            yield return Tag("details", Tag("summary", $"{Figures.Count(same.Length, "setting")} they have in common"), Facts(same.Select(key => (key, settings[0][key]))));
        }
    }

    private static OrderedDictionary<string, string> Settings(ReportedRun reported)
    {
        var start = reported.Run.Start;
        var settings = new OrderedDictionary<string, string>(StringComparer.Ordinal) { ["network"] = start.Network };
        foreach (var (name, value) in reported.Run.Spec.Source.Network?.Arguments ?? new Dictionary<string, string>())
        {
            settings[$"network, {name}"] = value;
        }

        settings["data"] = start.Data;
        settings["training samples"] = Figures.Count(start.TrainImages);
        settings["validation samples"] = Figures.Count(start.ValidationImages);
        foreach (var (key, value) in start.Recipe)
        {
            settings[key.Replace('_', ' ')] = Figures.Setting(value);
        }

        settings["seed"] = start.Seed.ToString(CultureInfo.InvariantCulture);
        settings["device"] = start.Device;
        settings["threads"] = Figures.Count(start.Threads);
        return settings;
    }

    private static IEnumerable<XElement> Classes(IReadOnlyList<ReportedRun> runs, string[] names)
    {
        var measured = runs.Index().Where(static r => r.Item.Test.Value?.Classes is not null).ToArray();
        if (measured.Length < 2 || measured.Any(m => !m.Item.Test.Value!.Names.SequenceEqual(measured[0].Item.Test.Value!.Names)))
        {
            return [];
        }

        var classes = measured[0].Item.Test.Value!.Names;
        return
        [
            Section("classes", "Class by class", Tag("p.note", "F1 on the test split, the harmonic mean of precision and recall."), Tag("div.scroll", Attr("tabindex", "0"), Table(
                ".classes",
                [Tag("th", Attr("scope", "col"), "class"), .. measured.Select(m => Tag("th.n", Attr("scope", "col"), Tag($"span.run.k{m.Index % Curve.Colours}"), names[m.Index]))],
                classes.Select((name, c) =>
                {
                    var scores = measured.Select(m => m.Item.Test.Value!.Classes!.Classes[c].F1).ToArray();
                    return Tag("tr", Tag("th", Attr("scope", "row"), name), scores.Select(score => Tag($"td.n{(score == scores.Max() && scores.Count(s => s == score) == 1 ? ".best" : "")}", Figures.Percent(score))));
                })))),
        ];
    }
}
