using Microsoft.Extensions.Logging.Abstractions;
using Toolchain.Graphs;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Models;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class InstanceTests
{
    [Fact]
    public void Permits_are_given_in_the_order_of_arrival()
    {
        var permits = new RunPermits(1);
        var order = new List<int>();
        permits.Enter();
        var threads = new List<Thread>();
        for (var i = 0; i < 4; i++)
        {
            var number = i;
            var thread = new Thread(() =>
            {
                permits.Enter();
                order.Add(number);
                permits.Exit();
            });
            thread.Start();
            threads.Add(thread);
            Assert.True(SpinWait.SpinUntil(() => permits.Waiting == number + 1, TimeSpan.FromSeconds(30)));
            Assert.False(permits.TryEnter());
        }

        permits.Exit();
        threads.ForEach(static t => t.Join());
        Assert.Equal([0, 1, 2, 3], order);
        Assert.True(permits.TryEnter());
    }

    [Fact]
    public void Setups_use_the_budget_and_keep_what_was_asked_for()
    {
        Assert.Equal([new(1, 8), new(8, 1), new(1, 1)], ThreadSetup.Candidates(8, 0, 0));
        Assert.Equal([new(1, 1)], ThreadSetup.Candidates(1, 0, 0));
        Assert.Equal([new(1, 2), new(4, 2)], ThreadSetup.Candidates(8, 0, 2));
        Assert.Equal([new(1, 16)], ThreadSetup.Candidates(8, 0, 16));
        Assert.Equal([new(2, 4)], ThreadSetup.Candidates(8, 2, 0));
        Assert.Equal([new(3, 5)], ThreadSetup.Candidates(8, 3, 5));
        Assert.Equal([new(1, 8), new(16, 1)], new[] { ThreadSetup.Default(8, 0, 0), ThreadSetup.Default(8, 16, 0) });
    }

    [Fact]
    public void Cores_are_counted_and_the_shared_pool_has_one_size()
    {
        Assert.InRange(RuntimeThreads.Cores, 1, Environment.ProcessorCount);
        Assert.True(RuntimeDevices.Version.Length > 0);
        Assert.Single(Enumerable.Range(1, 64), RuntimeThreads.TrySharePool);
    }

    [Fact]
    public void Several_instances_must_be_worth_the_later_answer_to_a_lone_request()
    {
        var one = new SetupMeasurement(new(1, 4), 0.010, [(1, 100), (2, 101), (4, 99)]);
        Assert.Equal((101, 1), (one.Best, one.MaxBatchSize));
        Assert.Same(one, Calibration.Best([one, new(new(4, 1), 0.038, [(1, 105)])]));
        var four = new SetupMeasurement(new(4, 1), 0.030, [(1, 133), (2, 134)]);
        Assert.Same(four, Calibration.Best([one, four]));
    }

    [Fact]
    public void Threads_that_gain_nothing_are_left_alone_and_batches_grow_where_they_gain()
    {
        var single = new SetupMeasurement(new(1, 1), 0.00001, [(1, 100_000), (2, 190_000), (4, 350_000), (8, 600_000)]);
        var more = new SetupMeasurement(new(1, 4), 0.0000101, [(1, 99_000), (8, 610_000)]);
        var many = new SetupMeasurement(new(4, 1), 0.00001, [(1, 400_000), (8, 2_400_000)]);
        Assert.Same(Environment.ProcessorCount >= 48 ? many : single, Calibration.Best([more, many, single]));
        Assert.Equal(8, single.MaxBatchSize);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_model_is_measured_once_for_all_of_its_versions(bool quietly)
    {
        var loader = new InstanceLoader(new() { MaxBatchSize = 8 }, TimeProvider.System, NullLogger<InstanceLoader>.Instance);
        var content = TestBatcher.Onnx(TestModels.Slow());
        var loads = 0;
        using var first = loader.Load("slow", "slow:1", Open, quietly);
        Assert.True(first.Plan.Tuned, first.Plan.Reason);
        Assert.Contains("rows/s in batches of", first.Plan.Reason, StringComparison.Ordinal);
        Assert.Equal(first.Plan.Instances, first.Sessions.Count);
        Assert.InRange(first.Plan.MaxBatchSize, 1, 8);
        Assert.True(first.Plan.Instances * first.Plan.Threads <= Math.Max(1, RuntimeThreads.Cores), first.Plan.ToString());

        // Where requests come first, setups of fewer processors stand for those of all.
        var processors = quietly ? Math.Clamp(QuietThread.ProcessorCount, 1, RuntimeThreads.Cores) : RuntimeThreads.Cores;
        Assert.StartsWith($"1×{processors} threads: ", first.Plan.Reason[(first.Plan.Reason.IndexOf("Measured ", StringComparison.Ordinal) + "Measured ".Length)..], StringComparison.Ordinal);
        Assert.Equal(processors < RuntimeThreads.Cores && first.Plan.Threads * first.Plan.Instances > 1, first.Plan.Reason.Contains("stood for", StringComparison.Ordinal));

        loads = 0;
        using var second = loader.Load("slow", "slow:2", Open, quietly);
        Assert.Same(first.Plan, second.Plan);
        Assert.Equal(1, loads);

        using var other = loader.Load("other", "other:1", Open, quietly);
        Assert.NotSame(first.Plan, other.Plan);

        ModelSession Open(SessionSpec spec)
        {
            loads++;
            return ModelSession.Load(content, "slow", spec);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_is_over_before_a_thread_wakes_up_has_an_instance_for_each_thread(bool quietly)
    {
        var loader = new InstanceLoader(new() { MaxBatchSize = 8 }, TimeProvider.System, NullLogger<InstanceLoader>.Instance);
        var content = TestBatcher.Onnx(TestModels.Echo(4));
        using var instant = loader.Load("echo", "echo:1", spec => ModelSession.Load(content, "echo", spec), quietly);

        Assert.Equal((RuntimeThreads.Cores, 1, true), (instant.Plan.Instances, instant.Plan.Threads, instant.Plan.Tuned));
        Assert.StartsWith("A run is over before another thread has woken up. ", instant.Plan.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("stood for", instant.Plan.Reason, StringComparison.Ordinal);
        Assert.All(instant.Sessions, session => Assert.Same(instant.Sessions[0], session));
    }

    [Fact]
    public void What_was_set_is_not_measured()
    {
        var content = TestBatcher.Onnx(TestModels.Echo(4));
        using var off = Load(new() { Tune = false, MaxBatchSize = 16, ThreadBudget = 3 });
        Assert.Equal((1, 3, 16, false), (off.Plan.Instances, off.Plan.Threads, off.Plan.MaxBatchSize, off.Plan.Tuned));
        using var asked = Load(new() { Instances = 2, Threads = 1, PreferredBatchSize = [4, 6], MaxBatchSize = 8 });
        Assert.Equal((2, 1, true), (asked.Plan.Instances, asked.Plan.Threads, asked.Plan.Tuned));
        Assert.InRange(asked.Plan.MaxBatchSize, 6, 8);
        Assert.Same(asked.Sessions[0], asked.Sessions[1]);
        using var own = Load(new() { Instances = 2, Threads = 2, Tune = false });
        Assert.NotSame(own.Sessions[0], own.Sessions[1]);
        Assert.Equal("2 instances of 2 threads, batches of up to 32 rows", own.Plan.ToString());

        ModelInstances Load(ServeOptions options) =>
            new InstanceLoader(options, TimeProvider.System, NullLogger<InstanceLoader>.Instance).Load("echo", "echo:1", spec => ModelSession.Load(content, "echo", spec), quietly: false);
    }

    [Fact]
    public void Rows_that_gain_from_company_get_it()
    {
        var loader = new InstanceLoader(new(), TimeProvider.System, NullLogger<InstanceLoader>.Instance);
        var content = TestBatcher.Onnx(TestModels.Slow());
        using var loaded = loader.Load("slow", "slow:1", spec => ModelSession.Load(content, "slow", spec), quietly: false);
        Assert.True(loaded.Plan.Tuned);

        // A matrix that is read for one row can be used for all of them.
        Assert.True(loaded.Plan.MaxBatchSize > 1, loaded.Plan.Reason);
    }
}
