using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Toolchain.Runtime;

/// <summary>The processors that this process may use, and the pool of threads that sessions can share.</summary>
public static class RuntimeThreads
{
    // Longer than Linux's usual one, some 1 to 3 ms, so that threads that answer requests come first when they wake; not much longer, since one that may not come first waits for its end.
    private static readonly TimeSpan ComputingSlice = TimeSpan.FromMilliseconds(4);
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

    /// <summary>The threads of the shared pool, without those that ask for a run; none before it was used.</summary>
    public static IReadOnlyList<NativeThread> Pool { get; private set; } = [];

    /// <summary>Makes a thread, and those that it starts from now on, one that computes: others come first when they wake.</summary>
    public static void Compute(NativeThread thread) => thread.SetSlice(ComputingSlice);

    /// <summary>Makes what starts the threads of the pool, whose size is fixed from now on.</summary>
    /// <param name="make">Makes it, given the size.</param>
    internal static T StartPool<T>(Func<int, T> make)
    {
        int size;
        lock (Gate)
        {
            size = _pool = _pool == 0 ? Cores : _pool;
        }

        // ONNX Runtime's threads have the name and the settings of the one that starts them.
        const string name = "onnxruntime";
        var (made, problem) = (default(T), default(ExceptionDispatchInfo));
        var maker = new Thread(() =>
        {
            try
            {
                Compute(NativeThread.Current);
                made = make(size);
                Pool = [.. NativeThread.All.Where(static thread => thread.Name == name && thread != NativeThread.Current)];
            }
            catch (Exception failure)
            {
                problem = ExceptionDispatchInfo.Capture(failure);
            }
        }) { Name = name };
        maker.Start();
        maker.Join();
        problem?.Throw();
        return made!;
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
