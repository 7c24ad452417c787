using Toolchain.Serve.Models;

namespace Toolchain.Serve.Tests.Models;

public sealed class QuietThreadTests
{
    // Field 19 of /proc/PID/stat, counted after the name in parentheses (proc(5)).
    private const int NicenessAfterName = 16;

    [Fact]
    public void Work_has_its_result_and_its_failure()
    {
        Assert.Equal(42, QuietThread.Run(static () => 42));
        Assert.Equal("broken", Assert.Throws<InvalidOperationException>(static () => QuietThread.Run<int>(static () => throw new InvalidOperationException("broken"))).Message);
    }

    [Fact]
    public void It_yields_to_others_and_what_it_started_is_made_ordinary_again_where_that_is_allowed()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var end = new ManualResetEventSlim();
        using var counted = new ManualResetEventSlim();
        var (child, before, after) = (default(Thread), 0, 0);
        var ordinary = Niceness();

        var quiet = QuietThread.Run(() =>
        {
            using var started = new ManualResetEventSlim();
            child = new Thread(() =>
            {
                before = Niceness();
                started.Set();
                end.Wait();
                after = Niceness();
                counted.Set();
            }) { IsBackground = true };
            child.Start();
            started.Wait();
            return Niceness();
        });
        end.Set();
        counted.Wait();

        Assert.True(quiet > ordinary || ordinary == 19);
        Assert.Equal(quiet, before);
        Assert.Equal(QuietThread.CanUndo ? ordinary : quiet, after);
        Assert.Equal(ordinary, Niceness());
    }

    private static int Niceness()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[NicenessAfterName], System.Globalization.CultureInfo.InvariantCulture);
    }
}
