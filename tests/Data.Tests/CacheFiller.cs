using System.Diagnostics;

namespace Toolchain.Data.Tests;

/// <summary>This assembly as a process of its own that opens a data set with a cache, tells what it is told, and ends with the content's hash.</summary>
internal static class CacheFiller
{
    public const string Switch = "--fill-cache";

    public static int Run(string reference, string cache)
    {
        try
        {
            Say(DatasetCatalog.Open(reference, new() { Cache = cache, Notice = Say }).Train.ContentHash);
            return 0;
        }
        catch (ToolchainException failure)
        {
            Say($"{failure.Kind}: {failure.Message}");
            return 1;
        }
    }

    public static Process Start(string reference, string cache) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Launcher, Switch, reference, cache]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>The same where no file may grow beyond some blocks of 512 or 1024 bytes, as on a full disk.</summary>
    public static Process StartLimited(int blocks, string reference, string cache)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"", "sh", Environment.ProcessPath!, .. Launcher, Switch, reference, cache])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The runtime keeps generated code in a file in memory, which counts against the limit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Process.Start(start)!;
    }

    // Started through "dotnet Data.Tests.dll" the host needs the assembly's path again; started by its own executable it does not.
    private static string[] Launcher => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(CacheFiller).Assembly.Location] : [];

    private static void Say(string text)
    {
        Console.Out.WriteLine(text);
        Console.Out.Flush();
    }
}
