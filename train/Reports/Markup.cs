using System.Net;
using System.Text;
using System.Xml.Linq;

namespace Toolchain.Train.Reports;

/// <summary>Parts of an HTML page as trees: whatever text is put in is text, and is escaped when the tree is written.</summary>
internal static class Markup
{
    // HTML, "Void elements": they have no end tag, and all others need theirs even when they are empty.
    private static readonly HashSet<string> Void = ["br", "col", "hr", "img", "input", "meta", "link"];

    /// <summary>An element.</summary>
    /// <param name="name">Its name, with classes behind points: <c>td.n.best</c>.</param>
    /// <param name="content">Attributes, texts and elements; null is nothing.</param>
    public static XElement Tag(string name, params object?[] content)
    {
        var parts = name.Split('.');
        return new(parts[0], [parts.Length > 1 ? new XAttribute("class", string.Join(' ', parts[1..])) : null, .. content]);
    }

    /// <summary>An attribute.</summary>
    public static XAttribute Attr(string name, object value) => new(name, value);

    /// <summary>A table under a heading.</summary>
    /// <param name="classes">Its classes behind points, or nothing.</param>
    /// <param name="head">The cells of the heading.</param>
    /// <param name="rows">Rows of cells.</param>
    public static XElement Table(string classes, IEnumerable<XElement> head, IEnumerable<XElement> rows) =>
        Tag($"table{classes}", Tag("thead", Tag("tr", head)), Tag("tbody", rows));

    /// <summary>Names with a value each.</summary>
    public static XElement Facts(IEnumerable<(string Name, string Value)> facts) => Tag("dl.facts", facts.Select(static f => Tag("div", Tag("dt", f.Name), Tag("dd", f.Value))));

    /// <summary>A horizontal bar.</summary>
    /// <param name="share">How much of it is filled, 0..1.</param>
    public static XElement Bar(double share) => Tag(
        "svg.bar",
        Attr("viewBox", "0 0 100 9"),
        Attr("preserveAspectRatio", "none"),
        Attr("aria-hidden", "true"),
        Tag("rect", Attr("width", "100"), Attr("height", "9"), Attr("rx", "1.5")),
        Tag("rect", Attr("width", Figures.Coordinate(100 * Math.Clamp(double.IsFinite(share) ? share : 0, 0, 1))), Attr("height", "9"), Attr("rx", "1.5")));

    /// <summary>Writes trees as HTML.</summary>
    public static string Html(IEnumerable<XNode> nodes)
    {
        var html = new StringBuilder();
        foreach (var node in nodes)
        {
            Write(html, node);
            html.Append('\n');
        }

        return html.ToString();
    }

    private static void Write(StringBuilder html, XNode node)
    {
        switch (node)
        {
            case XText text:
                html.Append(Escaped(text.Value));
                break;
            case XElement element:
                Write(html, element);
                break;
            default:
                throw new InvalidOperationException($"A page has elements and text, found {node.NodeType}.");
        }
    }

    private static void Write(StringBuilder html, XElement element)
    {
        var name = element.Name.LocalName;
        html.Append('<').Append(name);
        foreach (var attribute in element.Attributes())
        {
            html.Append(' ').Append(attribute.Name.LocalName).Append("=\"").Append(Escaped(attribute.Value)).Append('"');
        }

        html.Append('>');
        if (Void.Contains(name))
        {
            return;
        }

        foreach (var child in element.Nodes())
        {
            Write(html, child);
        }

        html.Append("</").Append(name).Append('>');
    }

    // Characters that HTML has no place for are shown as what they are: unreadable.
    private static string Escaped(string text) =>
        WebUtility.HtmlEncode(new string([.. text.Select(static c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c)]));
}
