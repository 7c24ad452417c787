using System.CommandLine;
using Toolchain.Registry.Cli;
using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests.Cli;

/// <summary>One run of a program in this process: its exit code and what it wrote, at a fixed width and time.</summary>
internal sealed record CommandRun(ExitCode ExitCode, string Output, string Error)
{
    public static async Task<CommandRun> Of(Command program, string[] args, bool showTrace = false, CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var host = new CommandHost { Output = output, Error = error, Time = new TemporaryRegistry.FixedTime(Samples.Noon), Width = 240, ShowTrace = showTrace };
        var exitCode = await CommandLine.RunAsync(program, args, host, cancellationToken);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
