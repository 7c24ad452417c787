using System.Diagnostics;

namespace Toolchain.Export.Tests.Support;

/// <summary>The program as a process of its own.</summary>
internal static class ExportProcess
{
    /// <summary>Runs it so that no file may grow beyond so many blocks of 512 bytes.</summary>
    public static (int ExitCode, string Error) RunLimited(int blocks, params string[] args)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"", "sh", Path.Combine(AppContext.BaseDirectory, "export"), .. args]) { RedirectStandardError = true };

        // The runtime keeps generated code in a file in memory, which counts against the limit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
