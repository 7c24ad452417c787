using System.Text;

namespace Toolchain.Graphs.Drawing;

/// <summary>The drawing's style sheet. Colours are written out rather than as variables, which viewers other than browsers do not know.</summary>
internal static class SvgStyle
{
    private const string Common =
        "text{font-family:ui-sans-serif,system-ui,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif}"
        + ".title{font-size:17px;font-weight:700}.plain{font-size:12px}.name{font-size:12px;font-weight:600}.small,.block{font-size:10.5px}.block{font-style:italic}"
        + ".box{stroke-width:1.2}.frame{stroke-width:1;stroke-dasharray:4 3}.edge,.skip{fill:none;stroke-width:1.4}.edge{marker-end:url(#arrow)}.skip{stroke-width:1.7;marker-end:url(#skip-arrow)}";

    /// <summary>The style element for the families that are drawn.</summary>
    public static string Sheet(IReadOnlyCollection<OperatorFamily> families) =>
        $"<style>{Common}{Colours("#ffffff", "#18181b", "#52525b", "#71717a", "#d97706", "#d4d4d8", "#fafafa", families, static f => f.Light)}"
        + $"@media (prefers-color-scheme:dark){{{Colours("#101014", "#f4f4f5", "#c3c3cb", "#8b8b95", "#fbbf24", "#3f3f46", "#16161b", families, static f => f.Dark)}}}</style>";

    private static string Colours(string ground, string text, string faint, string edge, string skip, string frame, string inside, IEnumerable<OperatorFamily> families, Func<OperatorFamily, (string Fill, string Line)> colours)
    {
        var css = new StringBuilder($".ground{{fill:{ground}}}.title,.name{{fill:{text}}}.plain,.small,.block{{fill:{faint}}}.edge{{stroke:{edge}}}.skip{{stroke:{skip}}}.tip{{fill:{edge}}}.skip-tip{{fill:{skip}}}.frame{{fill:{inside};stroke:{frame}}}");
        foreach (var family in families)
        {
            css.Append($".{family.Class}{{fill:{colours(family).Fill};stroke:{colours(family).Line}}}");
        }

        return css.ToString();
    }
}
