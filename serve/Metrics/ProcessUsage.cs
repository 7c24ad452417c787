using System.Diagnostics;
using System.Globalization;

namespace Toolchain.Serve.Metrics;

/// <summary>What this process and its machine use, read when it is asked for. What the operating system does not say is 0.</summary>
internal sealed class ProcessUsage : IDisposable
{
    private readonly Process _process = Process.GetCurrentProcess();

    /// <summary>When the process started (UTC).</summary>
    public DateTime Started => _process.StartTime.ToUniversalTime();

    /// <summary>Processor time of all threads, user and system.</summary>
    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    /// <summary>Bytes in memory.</summary>
    public long ResidentBytes => Environment.WorkingSet;

    /// <summary>Bytes of address space.</summary>
    public long VirtualBytes => Fresh().VirtualMemorySize64;

    /// <summary>Threads.</summary>
    public int Threads => Fresh().Threads.Count;

    /// <summary>Files, sockets and other handles that are open.</summary>
    public int OpenHandles => OperatingSystem.IsLinux() ? Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() : Fresh().HandleCount;

    /// <summary>The most handles that may be open.</summary>
    public double MaxHandles => Field("/proc/self/limits", "Max open files", 3);

    /// <summary>Bytes of memory of the machine.</summary>
    public double MachineBytes => Field("/proc/meminfo", "MemTotal:", 1) * 1024;

    /// <summary>Bytes of memory of the machine that are in use and cannot be had.</summary>
    public double MachineUsedBytes => MachineBytes - (Field("/proc/meminfo", "MemAvailable:", 1) * 1024);

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    // The number of a line, by its place among the line's words; "unlimited" is infinite.
    private static double Field(string path, string line, int place)
    {
        if (!OperatingSystem.IsLinux() || File.ReadLines(path).FirstOrDefault(l => l.StartsWith(line, StringComparison.Ordinal)) is not { } found)
        {
            return 0;
        }

        var word = found.Split(' ', StringSplitOptions.RemoveEmptyEntries)[place];
        return word == "unlimited" ? double.PositiveInfinity : double.Parse(word, CultureInfo.InvariantCulture);
    }

    private Process Fresh()
    {
        _process.Refresh();
        return _process;
    }
}
