using System.Diagnostics;

namespace Toolchain.Train.Tests.Support;

/// <summary>The program as a process of its own.</summary>
internal static class TrainProcess
{
    private static string Launcher => Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet";

    /// <summary>Starts it; its output is the caller's to read.</summary>
    public static Process Start(params string[] args) => Process.Start(new ProcessStartInfo(Launcher, [Path.Combine(AppContext.BaseDirectory, "train.dll"), .. args])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Runs it where no file may grow beyond a size, as on a disk that is full.</summary>
    /// <param name="kibibytes">The size.</param>
    /// <param name="error">What it wrote to standard error, and behind it to standard output.</param>
    /// <param name="args">The command line.</param>
    /// <returns>Its exit code.</returns>
    public static int RunWithin(int kibibytes, out string error, params string[] args)
    {
        // Write-xor-execute would map a large file before the program begins.
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", $"trap '' XFSZ; ulimit -f {kibibytes}; exec \"$@\"", "bash", Launcher, Path.Combine(AppContext.BaseDirectory, "train.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableWriteXorExecute"] = "0" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        error = process.StandardError.ReadToEnd() + output.Result;
        process.WaitForExit();
        return process.ExitCode;
    }

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
