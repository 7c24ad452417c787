using System.Globalization;
using System.Runtime.InteropServices;

namespace Toolchain.Runtime;

/// <summary>
/// How Linux schedules a thread of this process (sched(7)). What the system refuses is not done: it only costs that others wait longer. Elsewhere threads have
/// no settings of their own here.
/// </summary>
/// <param name="Id">The operating system's number of the thread.</param>
public readonly partial record struct NativeThread(int Id)
{
    private const string Tasks = "/proc/self/task";
    private const int OfThread = 0;

    /// <summary>The thread that asks.</summary>
    public static NativeThread Current => OperatingSystem.IsLinux() ? new(GetId()) : default;

    /// <summary>Those that there are at this moment; none where the system is not Linux.</summary>
    public static IReadOnlyList<NativeThread> All => !OperatingSystem.IsLinux() ? []
        : [.. Directory.EnumerateDirectories(Tasks).Select(static task => new NativeThread(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture)))];

    /// <summary>How much it yields to others: 0 as a rule, at most 19.</summary>
    public int Niceness => OperatingSystem.IsLinux() ? GetPriority(OfThread, Id) : 0;

    /// <summary>The processors that it may use.</summary>
    public ProcessorSet Processors
    {
        get
        {
            var words = new ulong[ProcessorSet.Words];
            return new(OperatingSystem.IsLinux() && GetAffinity(Id, ProcessorSet.Words * sizeof(ulong), words) == 0 ? words : new ulong[ProcessorSet.Words]);
        }
    }

    /// <summary>Its name, of which the system keeps 15 characters; null when it has ended.</summary>
    public string? Name
    {
        get
        {
            try
            {
                return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"{Tasks}/{Id}/comm")).TrimEnd('\n');
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    /// <summary>Lets it yield more or, where that is allowed, less. Threads that it starts inherit it.</summary>
    public bool TrySetNiceness(int niceness) => OperatingSystem.IsLinux() && SetPriority(OfThread, Id, niceness) == 0;

    /// <summary>Keeps it to some processors. Threads that native code starts on it are kept to them too; the runtime's own begin with all that the process had when it started.</summary>
    public bool TrySetProcessors(ProcessorSet processors) =>
        OperatingSystem.IsLinux() && SetAffinity(Id, ProcessorSet.Words * sizeof(ulong), processors.Mask) == 0;

    /// <summary>
    /// Lets it run for so long at a time; zero for the system's usual time, some milliseconds. What it gets in all stays the same, but a thread that asks for less comes first
    /// when it wakes (Linux 6.12 and newer). Threads that it starts inherit it.
    /// </summary>
    public void SetSlice(TimeSpan slice)
    {
        var (get, set) = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => (315, 314), Architecture.Arm64 => (275, 274), _ => (0, 0) };
        var attributes = default(Attributes);
        if (OperatingSystem.IsLinux() && get != 0 && Call(get, Id, ref attributes, Attributes.Bytes, 0) == 0)
        {
            attributes.Runtime = (ulong)slice.TotalNanoseconds;
            _ = Call(set, Id, ref attributes, 0, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetId();

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int which, int who);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint bytes, [Out] ulong[] mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, ReadOnlySpan<ulong> mask);

    // sched_getattr(2) and sched_setattr(2), which the C library has no functions for; the first takes a size more.
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint thread, ref Attributes attributes, nint sizeOrFlags, nint flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public const int Bytes = 48;
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
