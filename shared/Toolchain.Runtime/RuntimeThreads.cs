using System.Globalization;

namespace Toolchain.Runtime;

/// <summary>The processors that this process may use, and the pool of threads that sessions can share.</summary>
public static class RuntimeThreads
{
    private static readonly Lock Gate = new();
    private static int _pool;

    /// <summary>Physical cores, at most the processors that the process may use; hyper-threads of one core count once.</summary>
    public static int Cores { get; } = Math.Clamp(PhysicalCores("/sys/devices/system/cpu"), 1, Environment.ProcessorCount);

    /// <summary>Asks for a shared pool of so many threads, the caller's own among them. The first request of the process decides, and it must come before the first session.</summary>
    /// <returns>Whether the pool has that size.</returns>
    public static bool TrySharePool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        lock (Gate)
        {
            _pool = _pool == 0 ? threads : _pool;
            return _pool == threads;
        }
    }

    /// <summary>The size of the pool, which is fixed from now on.</summary>
    internal static int MakePool()
    {
        lock (Gate)
        {
            return _pool = _pool == 0 ? Cores : _pool;
        }
    }

    // One pair of package and core for each; no answer where the system does not tell.
    private static int PhysicalCores(string folder)
    {
        var cores = new HashSet<(string, string)>();
        try
        {
            for (var cpu = 0; cpu < Environment.ProcessorCount; cpu++)
            {
                var topology = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"cpu{cpu}"), "topology");
                cores.Add((File.ReadAllText(Path.Combine(topology, "physical_package_id")), File.ReadAllText(Path.Combine(topology, "core_id"))));
            }

            return cores.Count;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return Environment.ProcessorCount;
        }
    }
}
