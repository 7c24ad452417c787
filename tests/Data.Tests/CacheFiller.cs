using System.Diagnostics;

namespace Toolchain.Data.Tests;

/// <summary>This assembly as a process of its own that opens a data set with a cache, tells what it is told, and ends with the content's hash.</summary>
internal static class CacheFiller
{
    public const string Switch = "--fill-cache";

    public static int Run(string reference, string cache)
    {
        var data = DatasetCatalog.Open(reference, new() { Cache = cache, Notice = Say });
        Say(data.Train.ContentHash);
        return 0;
    }

    public static Process Start(string reference, string cache) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Launcher, Switch, reference, cache]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    // Started through "dotnet Data.Tests.dll" the host needs the assembly's path again; started by its own executable it does not.
    private static string[] Launcher => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(CacheFiller).Assembly.Location] : [];

    private static void Say(string text)
    {
        Console.Out.WriteLine(text);
        Console.Out.Flush();
    }
}
