using System.Globalization;

namespace Toolchain.Train.Profiling;

/// <summary>Where a thread's time went while it was watched; the three shares add up to 1.</summary>
/// <param name="Name">What the system calls it, and its number.</param>
/// <param name="Computing">The share on a core, 0..1.</param>
/// <param name="Queued">The share in which it could have computed but no core was free.</param>
/// <param name="Asleep">The rest: it waited for something.</param>
internal sealed record ThreadShare(string Name, double Computing, double Queued, double Asleep);

/// <summary>
/// What Linux counts for each thread of the process: nanoseconds on a core and nanoseconds in the queue for one (kernel documentation, Scheduler Statistics,
/// <c>/proc/PID/schedstat</c>). Other systems have none.
/// </summary>
internal sealed class ThreadTimes
{
    private const string Tasks = "/proc/self/task";
    private const double Noticeable = 0.005;

    private readonly Dictionary<string, (double Computing, double Queued)> _times = [];

    private ThreadTimes()
    {
    }

    /// <summary>No counts.</summary>
    public static ThreadTimes None { get; } = new();

    /// <summary>The counts now.</summary>
    public static ThreadTimes Read()
    {
        var times = new ThreadTimes();
        if (OperatingSystem.IsLinux())
        {
            foreach (var task in Directory.GetDirectories(Tasks))
            {
                if (Text(Path.Combine(task, "schedstat")) is { } text && text.Split(' ') is [var computing, var queued, ..])
                {
                    times._times[Path.GetFileName(task)] = (Seconds(computing), Seconds(queued));
                }
            }
        }

        return times;
    }

    /// <summary>The number of the calling thread in the system; null where it cannot be asked for.</summary>
    public static string? Current() => OperatingSystem.IsLinux() ? File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)?.Name : null;

    /// <summary>Where the time since other counts went, for threads that did something: those that computed most first.</summary>
    /// <param name="earlier">The other counts.</param>
    /// <param name="seconds">Wall time between the two.</param>
    /// <param name="training">The number of the training thread, which is called that.</param>
    public IReadOnlyList<ThreadShare> Since(ThreadTimes earlier, double seconds, string? training) =>
    [
        .. _times.Select(t =>
        {
            var before = earlier._times.GetValueOrDefault(t.Key);
            var computing = Math.Min(1, (t.Value.Computing - before.Computing) / seconds);

            // A thread's time in the queue is counted when it gets a core, with what lies before the time that is watched.
            var queued = Math.Min(1 - computing, (t.Value.Queued - before.Queued) / seconds);
            return new ThreadShare(t.Key == training ? "training" : $"{Text(Path.Combine(Tasks, t.Key, "comm")) ?? "ended"} ({t.Key})", computing, queued, 1 - computing - queued);
        }).Where(static t => t.Computing + t.Queued >= Noticeable).OrderByDescending(static t => t.Computing),
    ];

    private static double Seconds(string nanoseconds) => double.Parse(nanoseconds, CultureInfo.InvariantCulture) * 1e-9;

    // A thread may end at any time.
    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
