using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Toolchain.Registry.Cli;

/// <summary>
/// What a command writes to. Human output goes to standard output, or to standard error with <c>--json</c>; then the only line of standard
/// output is the result. Colours and live displays appear on a terminal only.
/// </summary>
public sealed class CommandConsole
{
    // Wider than any line: text that a program reads must not be wrapped.
    private const int Unlimited = 10_000;
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly TextWriter results;
    private readonly Sink output;
    private readonly Sink error;
    private bool finished;

    internal CommandConsole(CommandHost host, bool json)
    {
        (results, Json) = (host.Output, json);
        output = new(json ? host.Error : host.Output, host.Width);
        error = json ? output : new(host.Error, host.Width);
    }

    /// <summary>Whether the machine-readable result was asked for.</summary>
    public bool Json { get; }

    /// <summary>Human output.</summary>
    public IAnsiConsole Out => output.Console;

    /// <summary>Standard error: warnings, and progress that must not mix with output.</summary>
    public IAnsiConsole Error => error.Console;

    /// <summary>Whether human output goes to a terminal, where progress bars make sense.</summary>
    public bool IsTerminal => output.IsTerminal;

    /// <summary>Writes one line of human output, as it is: no markup.</summary>
    public void Line(string text = "") => output.Line(text);

    /// <summary>Writes a warning to standard error, as one line of plain text.</summary>
    public void Warn(string text) => error.Line($"warning: {text}");

    /// <summary>Writes rows as a table; see <see cref="Display.Table"/>.</summary>
    public void Table(IReadOnlyCollection<IReadOnlyList<string>> rows)
    {
        foreach (var line in Display.Table(rows))
        {
            Line(line);
        }
    }

    /// <summary>Writes the command's result as one line of JSON; nothing without <c>--json</c>. The last thing that a command writes, once.</summary>
    public void Result(JsonNode result)
    {
        if (finished)
        {
            throw new InvalidOperationException("A command has one result.");
        }

        finished = true;
        if (Json)
        {
            results.WriteLine(result.ToJsonString(OneLine));
            results.Flush();
        }
    }

    /// <summary>A writer, and the console over it: a start that writes plain lines need not wait for its library.</summary>
    private sealed class Sink(TextWriter writer, int? width)
    {
        private readonly Lazy<IAnsiConsole> console = new(() => Over(writer, width));

        public IAnsiConsole Console => console.Value;

        public bool IsTerminal { get; } =
            (!System.Console.IsOutputRedirected && ReferenceEquals(writer, System.Console.Out)) || (!System.Console.IsErrorRedirected && ReferenceEquals(writer, System.Console.Error));

        public void Line(string text)
        {
            if (IsTerminal || width is not null)
            {
                Console.WriteLine(text);
            }
            else
            {
                writer.WriteLine(text);
            }
        }

        private static IAnsiConsole Over(TextWriter writer, int? width)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
            if (width is not null || !console.Profile.Out.IsTerminal)
            {
                console.Profile.Width = width ?? Unlimited;
            }

            return console;
        }
    }
}
