using System.Text;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Registry.Cli;

namespace Toolchain.EndToEnd.Tests;

/// <summary>
/// The README's tables about the code say what the code says. Run the tests with <c>GOLDEN=write</c> to write them anew.
/// </summary>
public sealed class ReadmeTableTests
{
    public static TheoryData<string> Names => ["networks", "data sets", "notes", "operators", "exit codes"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_table_is_what_the_code_says(string name)
    {
        var path = Repository.File("README.md");
        var text = File.ReadAllText(path);
        var (begin, end) = ($"<!-- {name} -->\n", $"<!-- end of {name} -->");
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"README.md has no section between '{begin.Trim()}' and '{end}'.");
        var expected = Table(name);
        if (Environment.GetEnvironmentVariable("GOLDEN") == "write")
        {
            File.WriteAllText(path, text[..from] + expected + text[to..]);
            return;
        }

        Assert.Equal(expected, text[from..to]);
    }

    private static string Table(string name) => name switch
    {
        "networks" => Rows(
            ["network", "what it is", "arguments", "documented in"],
            NetworkCatalog.Documented.Select(static n => (string[])[
                $"`{n.Name}`",
                n.Summary,
                n.Options.Count == 0 ? "–" : string.Join("<br>", n.Options.Select(static o => $"`{o.Name}={o.Default}` ({o.Domain.Replace("|", ", ", StringComparison.Ordinal)}): {o.Help}")),
                n.Source])),
        "data sets" => Rows(["`--data`", "what it is"], DatasetCatalog.Kinds.Select(static k => (string[])[$"`{k.Usage}`", k.Summary])),
        "notes" => Rows(["note", "what the command does", "command"], NotesToCommands.Rows.Select(static r => (string[])[r.Note, r.Does, $"`{r.Command}`"])),
        "operators" => string.Join(", ", OperatorTable.Known.Select(static o => $"`{o}`")) + "\n",
        "exit codes" => Rows(
            ["code", "meaning", "kinds of failure"],
            Enum.GetValues<ExitCode>().Select(static code => (string[])[
                $"{(int)code}",
                code.ToString(),
                Enum.GetValues<ErrorKind>().Where(k => ExitCodes.Of(k) == code).ToArray() is { Length: > 0 } kinds ? string.Join(", ", kinds) : "–"])),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown table."),
    };

    private static string Rows(string[] header, IEnumerable<string[]> rows)
    {
        var text = new StringBuilder();
        foreach (var cells in rows.Prepend([.. header.Select(static _ => "---")]).Prepend(header))
        {
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }

        return text.ToString();
    }
}
