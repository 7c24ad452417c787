using System.Diagnostics;
using System.Globalization;
using Toolchain.Registry.Cli;
using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

/// <summary>The registry under several real processes, some of which are killed.</summary>
public sealed class ProcessTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 30;
    private const int FewestKills = 5;

    // On a machine that starts processes slowly, fewer kills are enough.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private readonly TemporaryRegistry temporary = new();

    private ModelRegistry Registry => temporary.Registry;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void Killing_a_publisher_at_any_moment_leaves_a_sound_registry_and_loses_nothing_that_it_reported()
    {
        var moments = new Random(20260131);
        var watch = Stopwatch.StartNew();
        var (kills, published, leftovers) = (0, 0, 0);
        for (; kills < Kills && (kills < FewestKills || leftovers == 0 || watch.Elapsed < Limit); kills++)
        {
            using var publisher = ActorProcess.Start("churn", temporary.Root, "mnist");
            string[] said = [publisher.ReadLine(), .. publisher.KillAfter(TimeSpan.FromMilliseconds(moments.Next(0, 120)))];

            var report = Registry.Verify();
            Assert.Empty(report.Faults);
            leftovers += report.Leftovers.Count;
            var there = Registry.List().ToDictionary(listing => listing.Version, listing => listing.Manifest!);
            foreach (var version in Numbers(said, "published").Except(Numbers(said, "removing")))
            {
                published++;
                Assert.True(there.ContainsKey(version), $"Version {version} was reported as published, and is gone.");
            }

            Assert.All(Numbers(said, "exported").Except(Numbers(said, "removing")), version => Assert.NotNull(there[version].Find("model.onnx")));

            Registry.CollectGarbage();
            Assert.Empty(Registry.Verify().Leftovers);
            Assert.All(temporary.Entries("mnist"), entry => Assert.True(int.TryParse(entry, out _) || entry is "aliases.json" or ".removed", entry));
        }

        output.WriteLine($"{kills} kills, {published} publications, {leftovers} leftovers collected, {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(leftovers > 0, "No kill hit a publisher at work: the test proves nothing.");
    }

    [Fact]
    public void Two_processes_that_publish_at_once_get_distinct_versions()
    {
        using var first = ActorProcess.Start("publish", temporary.Root, "mnist", "30");
        using var second = ActorProcess.Start("publish", temporary.Root, "mnist", "30");
        var numbers = Numbers(Finished(first), "published").Concat(Numbers(Finished(second), "published")).Order();
        Assert.Equal(Enumerable.Range(1, 60), numbers);
        var report = Registry.Verify();
        Assert.Empty(report.Faults);
        Assert.Empty(report.Leftovers);
        Assert.Equal(60, report.Versions);
    }

    [Fact]
    public void Two_processes_that_add_to_one_version_lose_nothing()
    {
        temporary.Publish();
        using var first = ActorProcess.Start("add", temporary.Root, "mnist:1", "a", "30");
        using var second = ActorProcess.Start("add", temporary.Root, "mnist:1", "b", "30");
        Finished(first);
        Finished(second);
        var files = Registry.Resolve("mnist:1").Manifest.Artifacts.Where(artifact => artifact.Kind == "note").Select(artifact => artifact.File);
        Assert.Equal(Enumerable.Range(0, 30).SelectMany(index => (string[])[$"a{index}.bin", $"b{index}.bin"]).Order(), files.Order());
        Assert.Empty(Registry.Verify().Faults);
        Assert.Empty(Registry.Verify().Leftovers);
    }

    [Fact]
    public void A_publisher_that_hits_the_limit_of_file_sizes_says_so_and_leaves_nothing()
    {
        using var publisher = ActorProcess.StartLimited(256, "publish-large", temporary.Root, "mnist", "10000000");
        var (exitCode, _, error) = publisher.ReadToEnd();
        Assert.StartsWith("Disk full while writing", error, StringComparison.Ordinal);
        Assert.Contains("nothing was published", error, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.CheckFailed, exitCode);
        Assert.Empty(temporary.Entries("mnist"));
    }

    [Fact]
    public void Ctrl_C_ends_a_command_with_130()
    {
        using var command = ActorProcess.Start("wait");
        Assert.Equal("waiting", command.ReadLine());
        command.Interrupt();
        var (exitCode, _, error) = command.ReadToEnd();
        Assert.Equal("actor: stopped.\n", error);
        Assert.Equal((int)ExitCode.Cancelled, exitCode);
    }

    private static IReadOnlyList<string> Finished(ActorProcess process)
    {
        var (exitCode, said, error) = process.ReadToEnd();
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        return said;
    }

    private static IEnumerable<int> Numbers(IEnumerable<string> said, string what) => said
        .Where(line => line.StartsWith($"{what} ", StringComparison.Ordinal))
        .Select(line => int.Parse(line.AsSpan(what.Length + 1), CultureInfo.InvariantCulture));
}
