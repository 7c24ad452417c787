using Toolchain.Serve.Batching;

namespace Toolchain.Serve.Tests.Batching;

public sealed class LatencyModelTests
{
    [Fact]
    public void Runs_on_a_line_give_the_line()
    {
        var model = Learned((1, 5), (4, 11), (2, 7), (8, 19));
        Assert.Equal(2, model.PerRow, 9);
        Assert.Equal(3, model.PerRun, 9);
        Assert.Equal(35, model.Of(16), 8);
    }

    [Fact]
    public void Before_the_first_run_nothing_is_known_and_one_size_tells_nothing_about_a_line()
    {
        Assert.Equal((false, 0), (new LatencyModel().IsKnown, new LatencyModel().Of(4)));
        var model = Learned((2, 10), (2, 10));
        Assert.Equal((true, 5, 0, 20), (model.IsKnown, model.PerRow, model.PerRun, model.Of(4)));
    }

    [Fact]
    public void Neither_part_is_ever_negative()
    {
        var falling = Learned((1, 9), (2, 6), (4, 3));
        Assert.Equal(0, falling.PerRow);
        Assert.InRange(falling.PerRun, 3, 9);
        var steep = Learned((1, 1), (2, 4), (4, 16));
        Assert.Equal(0, steep.PerRun);
        Assert.InRange(steep.PerRow, 1, 4);
    }

    [Fact]
    public void Old_runs_are_forgotten()
    {
        var model = new LatencyModel();
        for (var i = 0; i < 600; i++)
        {
            var slowdown = i < 300 ? 1 : 3;
            model.Learn(1 + (i % 8), slowdown * ((2 * (1 + (i % 8))) + 5));
        }

        Assert.Equal(6, model.PerRow, 0.1);
        Assert.Equal(15, model.PerRun, 0.1);
    }

    private static LatencyModel Learned(params (int Rows, double Latency)[] runs)
    {
        var model = new LatencyModel();
        Array.ForEach(runs, run => model.Learn(run.Rows, run.Latency));
        return model;
    }
}
