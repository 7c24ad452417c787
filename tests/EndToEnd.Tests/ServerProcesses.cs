using System.Diagnostics;

namespace Toolchain.EndToEnd.Tests;

/// <summary>Servers that a test started; disposing stops them.</summary>
internal sealed class ServerProcesses : IDisposable
{
    private const string Announcement = "listening on ";

    private readonly List<Process> _processes = [];

    /// <summary>The URL of the server that was started last.</summary>
    public string? Url { get; private set; }

    /// <summary>Starts a server and waits until it says that it listens.</summary>
    public async Task StartAsync(string command, string folder)
    {
        var process = Shell.Start($"exec {command}", folder);
        _processes.Add(process);
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                Url = line[Announcement.Length..];
                return;
            }
        }

        Assert.Fail($"'{command}' ended without listening:\n{await errors}");
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                Process.Start("kill", ["-TERM", $"{process.Id}"])!.WaitForExit();
                if (!process.WaitForExit(TimeSpan.FromSeconds(40)))
                {
                    process.Kill(entireProcessTree: true);
                }
            }

            process.Dispose();
        }
    }
}
