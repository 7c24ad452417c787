using System.Diagnostics;
using System.Text;

namespace Toolchain.EndToEnd.Tests;

/// <summary>What a command came to.</summary>
internal sealed record CommandResult(int ExitCode, string Output)
{
    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}:\n{Output}");
        return this;
    }
}

/// <summary>Commands as a person types them, through bash.</summary>
internal static class Shell
{
    /// <summary>Runs a command to its end; standard output and standard error come together.</summary>
    public static CommandResult Run(string command, string folder, TimeSpan? limit = null)
    {
        using var process = Start(command, folder);
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(limit ?? TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{command}' did not end in time:\n{output}");
        }

        process.WaitForExit();
        lock (output)
        {
            return new(process.ExitCode, output.ToString());
        }
    }

    /// <summary>Starts a command; its output is the caller's to read.</summary>
    public static Process Start(string command, string folder) => Process.Start(new ProcessStartInfo("/bin/bash", ["-c", command])
    {
        WorkingDirectory = folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,

        // Other tests compute beside this one: a thread that waits for the others of its process must leave them the processor.
        Environment = { ["OMP_WAIT_POLICY"] = "passive" },
    })!;

    private static void Append(StringBuilder output, string? line)
    {
        if (line is not null)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }
}
