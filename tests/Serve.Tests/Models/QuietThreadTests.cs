using Toolchain.Runtime;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Tests.Models;

/// <summary>Alone, since quiet work of others keeps the pool to fewer processors too.</summary>
[Collection(nameof(Support.Alone))]
public sealed class QuietThreadTests
{
    [Fact]
    public void Work_has_its_result_and_its_failure()
    {
        Assert.Equal(42, QuietThread.Run(static () => 42));
        Assert.Equal("broken", Assert.Throws<InvalidOperationException>(static () => QuietThread.Run<int>(static () => throw new InvalidOperationException("broken"))).Message);
    }

    [Fact]
    public async Task Work_that_nobody_waits_for_is_done_and_fails_too()
    {
        var niceness = 0;
        await QuietThread.RunAsync(() => niceness = NativeThread.Current.Niceness);

        Assert.True(niceness > NativeThread.Current.Niceness || niceness is 19 || !OperatingSystem.IsLinux());
        await Assert.ThrowsAsync<InvalidOperationException>(static () => QuietThread.RunAsync(static () => throw new InvalidOperationException("broken")));
    }

    [Fact]
    public void It_yields_to_others_and_what_it_started_is_made_ordinary_again_where_that_is_allowed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere threads have no niceness.");
        var ordinary = Settings.Now;

        var (quiet, before, after) = StartInside();

        Assert.True(quiet.Niceness > ordinary.Niceness || ordinary.Niceness == 19);
        Assert.Equal(quiet with { Processors = ordinary.Processors }, before);
        Assert.Equal(ordinary with { Niceness = QuietThread.CanUndo ? ordinary.Niceness : quiet.Niceness }, after);
        Assert.Equal(ordinary, Settings.Now);
    }

    [Fact]
    public void Quiet_work_within_quiet_work_is_part_of_it_so_that_what_it_started_yields_until_the_end_of_both()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere threads have no niceness.");
        using var end = new ManualResetEventSlim();
        var (outer, inner) = (default(NativeThread), default(NativeThread));
        var (quiet, between) = (0, 0);
        QuietThread.Run(() =>
        {
            (outer, quiet) = (NativeThread.Current, NativeThread.Current.Niceness);
            var child = QuietThread.Run(() =>
            {
                inner = NativeThread.Current;
                return StartChild(end);
            });
            between = child.Niceness;
        });
        end.Set();

        Assert.Equal(outer, inner);
        Assert.Equal(quiet, between);
    }

    [Fact]
    public void Its_threads_are_used_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere threads have no numbers.");
        var first = QuietThread.Run(static () => NativeThread.Current);
        var threads = new HashSet<NativeThread>();
        for (var i = 0; i < 100; i++)
        {
            threads.Add(QuietThread.Run(static () => NativeThread.Current));
        }

        Assert.Contains(first, threads);
        Assert.InRange(threads.Count, 1, 3);
    }

    [Fact]
    public void It_leaves_the_first_processor_to_requests_and_so_does_the_shared_pool_until_it_ends()
    {
        _ = RuntimeDevices.Version;
        var all = NativeThread.Current.Processors;
        Assert.SkipUnless(all.Count > 1, "There is only one processor.");
        var pool = RuntimeThreads.Pool;
        Assert.Equal(RuntimeThreads.Cores - 1, pool.Count);

        QuietThread.Run(() =>
        {
            Assert.Equal(all.WithoutFirst(), NativeThread.Current.Processors);
            Assert.Equal(all.Count - 1, QuietThread.ProcessorCount);
            Assert.All(pool, thread => Assert.Equal(all.WithoutFirst(), thread.Processors));

            // Beside it, other quiet work begins and ends.
            QuietThread.RunAsync(static () => { }).GetAwaiter().GetResult();
            Assert.True(NativeThread.Current.Niceness > 0);
            Assert.All(pool, thread => Assert.Equal(all.WithoutFirst(), thread.Processors));
        });

        Assert.All(pool, thread => Assert.Equal((all, 0), (thread.Processors, thread.Niceness)));
    }

    [Fact]
    public void What_compiles_in_the_background_yields_too_until_it_has_nothing_more_to_do()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere threads have no niceness.");
        using var end = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        var (compiler, after) = (default(NativeThread), default(Settings?));
        var thread = new Thread(() =>
        {
            compiler = NativeThread.Current;
            started.Set();
            end.Wait();
            after = Settings.Now;
        }) { IsBackground = true, Name = ".NET Tiered Compilation Worker" };
        thread.Start();
        started.Wait();

        var (inside, quiet) = QuietThread.Run(() => ((compiler.Niceness, compiler.Processors), Settings.Now));

        end.Set();
        thread.Join();
        Assert.Equal((quiet.Niceness, quiet.Processors), inside);
        Assert.Equal(inside, (after!.Niceness, after.Processors));
    }

    // The settings of quiet work, and those of a thread that it starts while it works and after it has ended.
    private static (Settings Quiet, Settings Before, Settings After) StartInside()
    {
        using var end = new ManualResetEventSlim();
        var (child, before, after) = (default(Thread), default(Settings), default(Settings));
        var quiet = QuietThread.Run(() =>
        {
            using var started = new ManualResetEventSlim();
            child = new Thread(() =>
            {
                before = Settings.Now;
                started.Set();
                end.Wait();
                after = Settings.Now;
            }) { IsBackground = true };
            child.Start();
            started.Wait();
            return Settings.Now;
        });
        end.Set();
        child!.Join();
        return (quiet, before!, after!);
    }

    private static NativeThread StartChild(ManualResetEventSlim end)
    {
        using var started = new ManualResetEventSlim();
        var child = default(NativeThread);
        new Thread(() =>
        {
            child = NativeThread.Current;
            started.Set();
            end.Wait();
        }) { IsBackground = true }.Start();
        started.Wait();
        return child;
    }

    private sealed record Settings(int Niceness, ProcessorSet Processors, long Slice)
    {
        public static Settings Now => Read();

        public static Settings Read() => new(NativeThread.Current.Niceness, NativeThread.Current.Processors, NativeThreadTests.Slice(NativeThread.Current));
    }
}
