using System.Globalization;

namespace Toolchain.Train.Loop;

/// <summary>This process's memory and what the machine has left, as Linux reports them (proc(5)); all in bytes.</summary>
internal static class ProcessMemory
{
    /// <summary>Physical memory in use.</summary>
    public static long Resident() => Field("/proc/self/status", "VmRSS:");

    /// <summary>The highest use since <see cref="ResetPeak"/>.</summary>
    public static long Peak() => Field("/proc/self/status", "VmHWM:");

    /// <summary>Begins a new peak at the present use.</summary>
    public static void ResetPeak() => Guarded(static () =>
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        return 0L;
    });

    /// <summary>What the machine, or the container's limit, still has.</summary>
    public static long Available()
    {
        var machine = Field("/proc/meminfo", "MemAvailable:");
        return Math.Max(0, Math.Min(machine, ContainerLimit() - Resident()));
    }

    private static long ContainerLimit() =>
        File.Exists("/sys/fs/cgroup/memory.max") && long.TryParse(File.ReadAllText("/sys/fs/cgroup/memory.max").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : long.MaxValue;

    private static long Field(string file, string name) => Guarded(() =>
        1024 * long.Parse(File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture));

    private static long Guarded(Func<long> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Memory cannot be measured on this system ({failure.Message}), so no batch size can be found. Give --batch a number.", failure);
        }
    }
}
