using System.Diagnostics;
using System.Globalization;

namespace Toolchain.Bench.Serving;

/// <summary>A server that was started for a measurement: any program that prints <c>listening on URL</c>. Disposing stops it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Announcement = "listening on ";

    // sysconf(_SC_CLK_TCK) is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private ServerProcess(Process process, Uri url, TimeSpan readyAfter) => (_process, Url, ReadyAfter) = (process, url, readyAfter);

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>The time from its start to its announcement.</summary>
    public TimeSpan ReadyAfter { get; }

    /// <summary>The time that its threads had a processor (proc_pid_stat(5), utime and stime).</summary>
    public TimeSpan Cpu
    {
        get
        {
            // The second field, in parentheses, is the only one that may have spaces; utime and stime are the fields 14 and 15.
            var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
        }
    }

    /// <summary>Memory that is there, in bytes, of which mapped files are a part (proc_pid_status(5)).</summary>
    public long Resident
    {
        get
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").First(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Starts a program and waits until it listens.</summary>
    public static ServerProcess Start(string program, IReadOnlyList<string> arguments)
    {
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        using var limit = new Timer(static p => ((Process)p!).Kill(), process, Patience, Timeout.InfiniteTimeSpan);
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                var readyAfter = Stopwatch.GetElapsedTime(started);

                // What else it writes is read, so that it never waits for a reader.
                _ = process.StandardOutput.ReadToEndAsync();
                return new(process, new(line[Announcement.Length..]), readyAfter);
            }
        }

        throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' ended before it listened.");
    }

    /// <summary>The sum of a metric over its labels, from <c>/metrics</c>.</summary>
    public double Metric(string name)
    {
        using var client = new HttpClient { BaseAddress = Url };
        var lines = client.GetStringAsync("/metrics").GetAwaiter().GetResult().Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ' ' or '{').ToList();
        return lines.Count > 0
            ? lines.Sum(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The server's /metrics has no '{name}'.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        if (!_process.WaitForExit(Patience))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
