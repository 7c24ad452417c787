using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace Toolchain.Registry.Cli;

/// <summary>
/// A command: its constructor adds its options and arguments, <see cref="RunAsync"/> does the work. Failures are thrown as
/// <see cref="ToolchainException"/>; the program turns them into a message and an exit code.
/// </summary>
[SuppressMessage("Design", "CA1010", Justification = "System.CommandLine's Command is enumerable only so that collection initialisers work.")]
public abstract class ToolCommand : Command
{
    /// <summary>Names the command.</summary>
    /// <param name="name">The word on the command line.</param>
    /// <param name="description">One sentence for the help.</param>
    /// <param name="examples">Command lines for the end of the help, without the program's name: <c>models list --json</c>.</param>
    protected ToolCommand(string name, string description, params string[] examples)
        : base(name, description)
    {
        Examples = examples;
        SetAction(async (parsed, cancellationToken) =>
        {
            var invocation = (CommandInvocation)parsed.InvocationConfiguration;
            return (int)await RunAsync(new CommandContext(parsed, invocation.Console, invocation.Host.Time), cancellationToken).ConfigureAwait(false);
        });
    }

    /// <summary>Command lines that the help shows, without the program's name.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Does the work.</summary>
    /// <param name="context">Options, arguments and the console.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C or SIGTERM; ending with <see cref="OperationCanceledException"/> gives exit code 130.</param>
    protected abstract Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken);
}

/// <summary>The way from the program to its command.</summary>
internal sealed class CommandInvocation : InvocationConfiguration
{
    public CommandInvocation(CommandHost host, CommandConsole console)
    {
        (Host, Console) = (host, console);
        (Output, Error) = (host.Output, host.Error);

        // Failures and signals are this toolchain's to report.
        (EnableDefaultExceptionHandler, ProcessTerminationTimeout) = (false, null);
    }

    public CommandHost Host { get; }

    public CommandConsole Console { get; }
}
