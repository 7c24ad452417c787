using System.CommandLine;

namespace Toolchain.Registry.Cli;

/// <summary>Mistakes on the command line, each with what was probably meant.</summary>
internal static class UsageErrors
{
    public static void Write(string program, ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        var words = Path(command);
        foreach (var message in Messages(parsed, command))
        {
            error.WriteLine($"{program}: {message}");
        }

        error.WriteLine($"Run '{words} --help' for what it takes.");
    }

    private static IEnumerable<string> Messages(ParseResult parsed, Command command)
    {
        var unmatched = parsed.UnmatchedTokens;
        if (unmatched.Count == 0)
        {
            return command.Subcommands.Count > 0 && command is not ToolCommand
                ? [$"a command is missing. There are: {string.Join(", ", command.Subcommands.Select(each => each.Name))}."]
                : parsed.Errors.Select(error => error.Message).Distinct();
        }

        // What follows an unknown option is most likely its value: one message is enough.
        var options = unmatched.Where(token => token.StartsWith('-')).ToList();
        return (options.Count > 0 ? options : unmatched).Select(token => token.StartsWith('-')
            ? $"'{Path(command)}' has no option '{token}'.{Nearest.Hint(token, OptionsOf(command))}"
            : $"'{Path(command)}' does not take '{token}'.{Nearest.Hint(token, command.Subcommands.Select(each => each.Name))}");
    }

    private static IEnumerable<string> OptionsOf(Command command) => Line(command)
        .SelectMany(each => each.Options.Where(option => each == command || option.Recursive))
        .SelectMany(option => option.Aliases.Prepend(option.Name))
        .Distinct();

    private static string Path(Command command) => string.Join(' ', Line(command).Reverse().Select(each => each.Name));

    private static IEnumerable<Command> Line(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? Line(parent).Prepend(command)
        : [command];
}
