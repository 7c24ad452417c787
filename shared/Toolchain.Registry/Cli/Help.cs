using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Toolchain.Registry.Cli;

/// <summary>The library's help, and then the command's examples; a group shows the first example of each of its commands.</summary>
internal sealed class HelpWithExamples(int? width) : SynchronousCommandLineAction
{
    private const int PipedWidth = 100;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        var help = new HelpAction();
        if ((width ?? (Console.IsOutputRedirected ? PipedWidth : null)) is { } columns)
        {
            help.MaxWidth = columns;
        }

        help.Invoke(parseResult);
        var program = parseResult.RootCommandResult.Command.Name;
        var examples = ExamplesOf(parseResult.CommandResult.Command).ToList();
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            examples.ForEach(example => output.WriteLine($"  {program} {example}"));
            output.WriteLine();
        }

        return (int)ExitCode.Ok;
    }

    private static IEnumerable<string> ExamplesOf(Command command) => command is ToolCommand { Examples: { Count: > 0 } own }
        ? own
        : command.Subcommands.SelectMany(each => ExamplesOf(each).Take(1));
}

/// <summary><c>--version</c>: the program, its version and the commit it was built from.</summary>
internal sealed class ShowVersion(string program) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var tool = ToolSpec.Current;
        parseResult.InvocationConfiguration.Output.WriteLine($"{program} {tool.Version}{(tool.Commit is null ? "" : $" ({tool.Commit})")}");
        return (int)ExitCode.Ok;
    }
}
