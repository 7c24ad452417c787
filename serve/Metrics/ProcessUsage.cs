using System.Diagnostics;
using System.Globalization;

namespace Toolchain.Serve.Metrics;

/// <summary>What this process and its machine use, read when it is asked for. What the operating system does not say is 0.</summary>
internal static class ProcessUsage
{
    /// <summary>When the process started (UTC).</summary>
    public static DateTime Started => Of(static process => process.StartTime).ToUniversalTime();

    /// <summary>Processor time of all threads, user and system.</summary>
    public static TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    /// <summary>Bytes in memory.</summary>
    public static long ResidentBytes => Environment.WorkingSet;

    /// <summary>Bytes of address space.</summary>
    public static long VirtualBytes => Of(static process => process.VirtualMemorySize64);

    /// <summary>Threads.</summary>
    public static int Threads => Of(static process => process.Threads.Count);

    /// <summary>Files, sockets and other handles that are open.</summary>
    public static int OpenHandles => OperatingSystem.IsLinux() ? Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() : Of(static process => process.HandleCount);

    /// <summary>The most handles that may be open.</summary>
    public static double MaxHandles => Field("/proc/self/limits", "Max open files", 3);

    /// <summary>Bytes of memory of the machine.</summary>
    public static double MachineBytes => Field("/proc/meminfo", "MemTotal:", 1) * 1024;

    /// <summary>Bytes of memory of the machine that are in use and cannot be had.</summary>
    public static double MachineUsedBytes => MachineBytes - (Field("/proc/meminfo", "MemAvailable:", 1) * 1024);

    private static T Of<T>(Func<Process, T> read)
    {
        using var process = Process.GetCurrentProcess();
        return read(process);
    }

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
}
