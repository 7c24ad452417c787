using System.Text.Json;
using System.Xml.Linq;
using Toolchain.Train.Profiling;
using static Toolchain.Train.Reports.Markup;
using static Toolchain.Train.Reports.ReportPage;

namespace Toolchain.Train.Reports;

/// <summary>Where the time of a profiled run went; nothing for other runs.</summary>
internal static class ProfileSection
{
    private const double Width = 1070;

    /// <summary>The section, where the run's folder has a profile.</summary>
    public static IEnumerable<XElement> Of(RunRecord run)
    {
        var folder = new ProfileFolder(run.Folder);
        if (!folder.Exists)
        {
            return [];
        }

        try
        {
            return [Section("profile", "Where the time goes", Content(folder.ReadSummary()))];
        }
        catch (Exception damage) when (damage is IOException or UnauthorizedAccessException or JsonException)
        {
            return [Section("profile", "Where the time goes", Missing($"The profile in '{folder.Path}' cannot be read: {damage.Message}"))];
        }
    }

    private static IEnumerable<XElement> Content(ProfileSummary summary)
    {
        yield return Tag("p.note", $"{Figures.Count(summary.Steps, "step")} in {Figures.Duration(summary.Seconds)}, from step {Figures.Count(summary.FirstStep)} on. {summary.Meaning}");
        yield return Tag("div.scroll", Flame(summary));
        yield return Tag("div.columns", Hottest(summary), Threads(summary));
    }

    private static XElement Flame(ProfileSummary summary)
    {
        var layout = FlameLayout.Of(summary.Tree, Width);
        return Tag(
            "div.flame",
            Attr("data-tips", 1),
            Attr("tabindex", "0"),
            Attr("role", "img"),
            Attr("aria-label", "Flame graph of the profiled steps; the arrow keys show the boxes"),
            Tag("svg", Attr("viewBox", $"0 0 {Figures.Coordinate(Width)} {Figures.Coordinate(layout.Height)}"), layout.Boxes.SelectMany(box => Box(box, summary))));
    }

    private static IEnumerable<XElement> Box(FlameBox box, ProfileSummary summary)
    {
        yield return Tag(
            $"rect.f{box.Colour}",
            Attr("x", Figures.Coordinate(box.Left)),
            Attr("y", Figures.Coordinate(box.Top)),
            Attr("width", Figures.Coordinate(box.Width)),
            Attr("height", Figures.Coordinate(FlameLayout.Row)),
            Attr("data-tip", $"{box.Path.ReplaceLineEndings(" ").Replace('\t', ' ')}\ntime\t{Figures.Duration(box.Node.Seconds)}\nshare of the steps\t{Figures.Percent(box.Node.Seconds / summary.Seconds)}\ntimes\t{Figures.Count(box.Node.Calls)}"));
        if (box.Label.Length > 0)
        {
            yield return Tag("text", Attr("x", Figures.Coordinate(box.LabelLeft)), Attr("y", Figures.Coordinate(box.Top + 15)), box.Label);
        }
    }

    private static XElement Hottest(ProfileSummary summary) => Tag("div", Tag("h3", "The hottest"), Table(
        ".hottest",
        [Column("what"), Column("", ".bars"), Column("a step", ".n"), Column("share", ".n")],
        summary.Hottest.Select(h => Tag(
            "tr",
            Tag("th", Attr("scope", "row"), h.Name, Tag("span.note", $" {h.Part}")),
            Tag("td.bars", Bar(h.Share)),
            Tag("td.n", Figures.Duration(h.Seconds / summary.Steps)),
            Tag("td.n", Figures.Percent(h.Share))))));

    private static XElement? Threads(ProfileSummary summary) => summary.Threads.Count == 0 ? null : Tag("div", Tag("h3", "Threads"), Table(
        ".threads",
        [Column("thread"), Column("computing", ".n"), Column("waiting for a core", ".n"), Column("asleep", ".n")],
        summary.Threads.Select(t => Tag(
            "tr",
            Tag("th", Attr("scope", "row"), t.Name),
            Tag("td.n", Figures.Percent(t.Computing)),
            Tag("td.n", Figures.Percent(t.Queued)),
            Tag("td.n", Figures.Percent(t.Asleep))))));

    private static XElement Column(string text, string classes = "") => Tag($"th{classes}", Attr("scope", "col"), text);
}
