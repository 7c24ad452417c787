using System.Text.RegularExpressions;

namespace Toolchain.Train.Tests.Support;

/// <summary>What stands on a terminal after some output: line feeds, carriage returns, and the control sequences that move up and erase lines (ECMA-48).</summary>
internal static partial class Screen
{
    /// <summary>The lines, from the first that was ever written.</summary>
    /// <param name="output">What the program wrote.</param>
    /// <param name="columns">Characters of a line.</param>
    public static string[] Of(string output, int columns)
    {
        char[] Blank() => [.. Enumerable.Repeat(' ', columns)];
        var lines = new List<char[]> { Blank() };
        var (row, column) = (0, 0);
        for (var i = 0; i < output.Length; i++)
        {
            if (Control().Match(output, i) is { Success: true } control)
            {
                row = control.Groups["end"].Value == "A" ? row - int.Parse(control.Groups["number"].Value, System.Globalization.CultureInfo.InvariantCulture) : row;
                lines[row] = control.Groups["end"].Value == "K" ? Blank() : lines[row];
                i += control.Length - 1;
                continue;
            }

            if (output[i] == '\r')
            {
                column = 0;
                continue;
            }

            var isFull = column == columns && output[i] != '\n';
            if (output[i] == '\n' || isFull)
            {
                (row, column) = (row + 1, isFull ? 0 : column);
                if (row == lines.Count)
                {
                    lines.Add(Blank());
                }
            }

            if (output[i] != '\n')
            {
                lines[row][column++] = output[i];
            }
        }

        return [.. lines.Select(static line => new string(line).TrimEnd())];
    }

    [GeneratedRegex(@"\G\x1b(\[\??(?<number>[0-9;]*)(?<end>[A-Za-z])|[=>])")]
    private static partial Regex Control();
}
