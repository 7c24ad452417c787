using System.Globalization;

namespace Toolchain.Serve.Tests.Support;

/// <summary>What a process takes of the machine (proc_pid_status(5)).</summary>
/// <param name="ResidentBytes">Memory that is there.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Handles">Open files and sockets.</param>
internal sealed record ProcessUsage(long ResidentBytes, int Threads, int Handles)
{
    /// <summary>Looks at a process.</summary>
    public static ProcessUsage Of(int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        var status = File.ReadLines($"{folder}/status").Select(static l => l.Split(':', 2)).ToDictionary(static l => l[0], static l => l[1].Trim(), StringComparer.Ordinal);
        return new(
            1024 * long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture),
            int.Parse(status["Threads"], CultureInfo.InvariantCulture),
            Directory.GetFiles($"{folder}/fd").Length);
    }
}
