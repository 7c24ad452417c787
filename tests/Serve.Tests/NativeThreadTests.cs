using System.Globalization;
using Toolchain.Runtime;

namespace Toolchain.Serve.Tests;

public sealed class NativeThreadTests
{
    private const long Unknown = -1;

    /// <summary>The slice of a thread in nanoseconds as the kernel shows it to those who look for faults; -1 where it does not.</summary>
    internal static long Slice(NativeThread thread)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{thread.Id}/sched");
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(static l => l.StartsWith("se.slice", StringComparison.Ordinal)) : null;
        return line is null ? Unknown : long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_thread_is_found_among_all_by_its_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere threads have no settings.");
        OnThread("found by name", static () =>
        {
            var thread = NativeThread.Current;
            Assert.Equal("found by name", thread.Name);
            Assert.Contains(thread, NativeThread.All);
        });
        Assert.Null(new NativeThread(int.MaxValue).Name);
    }

    [Fact]
    public void Settings_are_those_of_one_thread_and_of_what_it_starts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere threads have no settings.");
        var (niceness, processors) = (NativeThread.Current.Niceness, NativeThread.Current.Processors);
        Assert.Equal(Environment.ProcessorCount, processors.Count);
        OnThread("changed", () =>
        {
            var fewer = processors.Count > 1 ? processors.WithoutFirst() : processors;
            Assert.True(NativeThread.Current.TrySetNiceness(Math.Min(19, niceness + 3)));
            Assert.True(NativeThread.Current.TrySetProcessors(fewer));
            Assert.Equal(fewer, NativeThread.Current.Processors);
            OnThread("started", () => Assert.Equal((Math.Min(19, niceness + 3), processors), (NativeThread.Current.Niceness, NativeThread.Current.Processors)));
        });
        Assert.Equal((niceness, processors), (NativeThread.Current.Niceness, NativeThread.Current.Processors));
        Assert.False(NativeThread.Current.TrySetProcessors(None(processors)));
        Assert.False(new NativeThread(int.MaxValue).TrySetNiceness(0));
    }

    [Fact]
    public void A_slice_is_set_and_taken_back()
    {
        var usual = Slice(NativeThread.Current);
        Assert.SkipUnless(usual != Unknown && Environment.OSVersion.Version >= new Version(6, 12), "The kernel does not show slices, or has none.");
        OnThread("sliced", () =>
        {
            NativeThread.Current.SetSlice(TimeSpan.FromMilliseconds(50));
            Assert.Equal(50_000_000, Slice(NativeThread.Current));
            NativeThread.Current.SetSlice(TimeSpan.Zero);
            Assert.Equal(usual, Slice(NativeThread.Current));
        });
    }

    [Fact]
    public void Threads_of_the_shared_pool_run_for_long()
    {
        _ = RuntimeDevices.Version;
        Assert.All(RuntimeThreads.Pool, static thread => Assert.Equal("onnxruntime", thread.Name));
        var usual = Slice(NativeThread.Current);
        Assert.SkipUnless(usual != Unknown && Environment.OSVersion.Version >= new Version(6, 12), "The kernel does not show slices, or has none.");
        Assert.All(RuntimeThreads.Pool, thread => Assert.Equal(4_000_000, Slice(thread)));
    }

    [Fact]
    public void Processors_are_counted_and_named()
    {
        var all = NativeThread.Current.Processors;
        var rest = all.WithoutFirst();
        Assert.Equal(Math.Max(0, all.Count - 1), rest.Count);
        Assert.NotEqual(all, rest);
        Assert.Equal(all, new(all.Mask.ToArray()));
        Assert.Equal(all.Count, all.ToString().Split(", ").Length);
    }

    private static ProcessorSet None(ProcessorSet set)
    {
        while (set.Count > 0)
        {
            set = set.WithoutFirst();
        }

        return set;
    }

    private static void OnThread(string name, Action work)
    {
        var failure = default(Exception);
        var thread = new Thread(() => failure = Record.Exception(work)) { Name = name };
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
