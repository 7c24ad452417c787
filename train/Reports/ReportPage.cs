using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using static Toolchain.Train.Reports.Markup;

namespace Toolchain.Train.Reports;

/// <summary>
/// A report as one HTML file that needs nothing else: its style, scripts and pictures are inside, and its Content-Security-Policy forbids it to load
/// anything or to run any other script.
/// </summary>
/// <param name="Title">The title; any text.</param>
/// <param name="Lead">A line below it.</param>
/// <param name="Tiles">The figures that matter most: a name, a value, and a few words about it or nothing.</param>
/// <param name="Sections">The parts, each with an <c>id</c> and a heading.</param>
/// <param name="Charts">The curves of the charts that the sections have room for.</param>
internal sealed partial record ReportPage(
    string Title, XElement Lead, IReadOnlyList<(string Name, string Value, string? About)> Tiles, IReadOnlyList<XElement> Sections, IReadOnlyList<CurveChart> Charts)
{
    private const string ResourceFolder = "Toolchain.Train.Reports.Page.";

    // The encoder escapes what could end the script element that the data is in.
    private static readonly JsonSerializerOptions Data = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>A part of the page.</summary>
    public static XElement Section(string id, string title, params object?[] content) =>
        Tag("section", Attr("id", id), Attr("aria-labelledby", $"{id}-title"), Tag("h2", Attr("id", $"{id}-title"), title), content);

    /// <summary>Room for charts.</summary>
    public static XElement Plots(IEnumerable<CurveChart> charts) =>
        Tag("div.charts", charts.Select(static c => Tag("figure", Attr("id", $"chart-{c.Id}"), Tag("figcaption", c.Title))));

    /// <summary>Says that something is not there, and why.</summary>
    public static XElement Missing(string why) => Tag("p.missing", why);

    /// <summary>The page's text.</summary>
    public string ToHtml()
    {
        var (style, script) = (Resource("report.css"), Resource("chart.js") + Resource("page.js"));
        var parts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["title"] = Html([new XText(Title)]).TrimEnd(),
            ["policy"] = $"default-src 'none'; img-src data:; style-src '{Hash(style)}'; script-src '{Hash(script)}'; base-uri 'none'; form-action 'none'",
            ["style"] = style,
            ["script"] = script,
            ["body"] = Html([Header(), Summary(), .. Sections]),
            ["data"] = JsonSerializer.Serialize(Charts, Data),
        };
        return Place().Replace(Resource("report.html"), place => parts[place.Groups[1].Value]);
    }

    private XElement Header() => Tag(
        "header",
        Tag("h1", Title),
        Lead,
        Tag("nav", Attr("aria-label", "Parts of this page"), Sections.Select(static s => Tag("a", Attr("href", $"#{s.Attribute("id")!.Value}"), s.Element("h2")!.Value))));

    private XElement Summary() => Tag("dl.tiles", Tiles.Select(static t => Tag("div", Tag("dt", t.Name), Tag("dd", t.Value, t.About is { } about ? Tag("small", about) : null))));

    // CSP 3, "Does element match source list for type and source?": a hash is of the element's text.
    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(ResourceFolder + name) ?? throw new InvalidOperationException($"The resource {name} is missing.");
        using var text = new StreamReader(stream);
        return text.ReadToEnd();
    }

    [GeneratedRegex(@"\{\{([a-z]+)\}\}")]
    private static partial Regex Place();
}
