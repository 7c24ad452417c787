using System.Diagnostics;

namespace Toolchain.Train.Tests.Support;

/// <summary>The program as a process of its own.</summary>
internal static class TrainProcess
{
    /// <summary>Starts it; its output is the caller's to read.</summary>
    public static Process Start(params string[] args) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet", [Path.Combine(AppContext.BaseDirectory, "train.dll"), .. args])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Runs it and ends it with SIGKILL after a while, unless it ends by itself before.</summary>
    /// <returns>Its exit code; null when it was killed.</returns>
    public static int? RunKilled(TimeSpan after, out string error, params string[] args)
    {
        using var process = Start(args);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExit(after);
        if (!ended)
        {
            process.Kill();
        }

        process.WaitForExit();
        error = errors.Result + output.Result;
        return ended ? process.ExitCode : null;
    }
}
