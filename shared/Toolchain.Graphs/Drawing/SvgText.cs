using System.Security;
using System.Xml;

namespace Toolchain.Graphs.Drawing;

/// <summary>Text inside XML. Names come from files and may hold anything.</summary>
internal static class SvgText
{
    /// <summary>The text with markup escaped, and what XML cannot hold replaced by U+FFFD.</summary>
    public static string Escape(string text)
    {
        var plain = string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                var paired = (char.IsHighSurrogate(source[i]) && i + 1 < source.Length && char.IsLowSurrogate(source[i + 1])) || (i > 0 && char.IsLowSurrogate(source[i]) && char.IsHighSurrogate(source[i - 1]));
                span[i] = XmlConvert.IsXmlChar(source[i]) || paired ? source[i] : '\uFFFD';
            }
        });
        return SecurityElement.Escape(plain);
    }
}
