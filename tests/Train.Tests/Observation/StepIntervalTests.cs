using Toolchain.Train.Loop;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Tests.Observation;

public sealed class StepIntervalTests
{
    [Fact]
    public void With_a_number_intervals_end_at_its_multiples()
    {
        var interval = new StepInterval(4);
        Assert.Equal([4, 8, 12], Enumerable.Range(1, 13).Where(step => interval.EndsWith(Step(step, seconds: 100))));
    }

    [Fact]
    public void Without_one_after_fifty_steps_or_five_seconds()
    {
        Assert.Equal([50, 100], Ends(0.01, 120));
        Assert.Equal([3, 6], Ends(2, 7));

        static IEnumerable<int> Ends(double seconds, int steps)
        {
            var interval = new StepInterval(null);
            foreach (var number in Enumerable.Range(1, steps))
            {
                var step = Step(number, seconds);
                if (interval.EndsWith(step))
                {
                    interval.Take(step);
                    yield return number;
                }
            }
        }
    }

    [Fact]
    public void An_interval_has_the_means_of_its_own_samples()
    {
        var interval = new StepInterval(2);
        interval.EpochStarted();
        interval.EndsWith(Step(1, 1, new(10, 4, 0.5), waited: 0.25));
        var second = Step(2, 3, new(20, 3, 0.25), waited: 0.5);
        interval.EndsWith(second);
        Assert.Equal(new IntervalScore(3, 0.25, 5, 0.75), interval.Take(second));
        interval.EndsWith(Step(3, 1, new(30, 3, 0.25)));
        var fourth = Step(4, 1, new(40, 2, 0.5));
        interval.EndsWith(fourth);

        // 40 · 2 − 20 · 3 over 20 samples, and 40 · 0.5 − 20 · 0.25.
        Assert.Equal(new IntervalScore(1, 0.75, 10, 0), interval.Take(fourth));
    }

    [Fact]
    public void Where_no_batch_has_been_looked_at_the_last_loss_stands()
    {
        var interval = new StepInterval(1);
        var step = Step(1, 1, new(0, 0, 0)) with { Loss = 7 };
        interval.EndsWith(step);
        Assert.Equal(7, interval.Take(step).Loss);
    }

    private static StepReport Step(long number, double seconds, SplitScore score = default, double waited = 0) =>
        new(number, 1, 0, score, 0.1, 10, seconds, waited, 10);
}
