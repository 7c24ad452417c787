using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;

namespace Toolchain.Registry.Cli;

/// <summary>Runs a program: options and help that all three share, signals, and one message and exit code for every failure.</summary>
public static class CommandLine
{
    /// <summary>Runs a program that consists of commands.</summary>
    /// <param name="name">The program's name.</param>
    /// <param name="description">One sentence for the help.</param>
    /// <param name="args">The command line.</param>
    /// <param name="commands">Its commands.</param>
    /// <returns>The process's exit code; an <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string name, string description, string[] args, params Command[] commands)
    {
        var program = new Command(name, description);
        foreach (var command in commands)
        {
            program.Subcommands.Add(command);
        }

        return RunAsync(program, args);
    }

    /// <summary>Runs a program whose first command needs no word, and may have sub-commands.</summary>
    /// <returns>The process's exit code; an <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(Command program, string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return (int)await RunAsync(program, args, CommandHost.Process, stop.Token).ConfigureAwait(false);

        // The first signal lets the command end well; a second one ends the process at once.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>Runs a program in a given host, for tests and for programs that handle signals themselves.</summary>
    public static async Task<ExitCode> RunAsync(Command program, string[] args, CommandHost host, CancellationToken cancellationToken)
    {
        try
        {
            return await ParseAndRunAsync(program, args, host, cancellationToken).ConfigureAwait(false);
        }
        catch (ToolchainException failure)
        {
            Say(host, $"{program.Name}: {failure.Message}");
            ShowTrace(host, failure);
            return ExitCodes.Of(failure.Kind);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Say(host, $"{program.Name}: stopped.");
            return ExitCode.Cancelled;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            // The system said no in a place that has nothing to add: a port in use, a full disk, a file without permission.
            Say(host, $"{program.Name}: {refusal.Message}");
            ShowTrace(host, refusal);
            return ExitCodes.Of(ErrorKind.Unavailable);
        }
        catch (Exception defect)
        {
            Say(host, $"{program.Name}: this is a defect of the toolchain: {defect.GetType().Name}: {defect.Message}");
            Say(host, host.ShowTrace ? "Please report it with what follows." : "Please report it; TOOLCHAIN_TRACE=1 shows where it happened.");
            ShowTrace(host, defect);
            return ExitCode.CheckFailed;
        }
    }

    private static async Task<ExitCode> ParseAndRunAsync(Command program, string[] args, CommandHost host, CancellationToken cancellationToken)
    {
        var json = new JsonOption();
        program.Options.Add(json);
        program.Options.Add(new HelpOption { Action = new HelpWithExamples(host.Width) });
        program.Options.Add(new VersionOption { Action = new ShowVersion(program.Name) });

        var parsed = program.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not (HelpWithExamples or ShowVersion))
        {
            UsageErrors.Write(program.Name, parsed, host.Error);
            return ExitCode.Usage;
        }

        var invocation = new CommandInvocation(host, new CommandConsole(host, parsed.GetValue(json)));
        return (ExitCode)await parsed.InvokeAsync(invocation, cancellationToken).ConfigureAwait(false);
    }

    // Standard error may go to the very disk that is full; the exit code still tells.
    private static void Say(CommandHost host, object text)
    {
        try
        {
            host.Error.WriteLine(text);
        }
        catch (IOException)
        {
        }
    }

    private static void ShowTrace(CommandHost host, Exception failure)
    {
        if (host.ShowTrace)
        {
            Say(host, failure);
        }
    }
}
