using Toolchain.Train.Loop;

namespace Toolchain.Train.Tests.Observation;

/// <summary>The live status of a run on a terminal.</summary>
public sealed class TrainingStatusTests
{
    private static readonly TrainingStatus Half = new(3, 10, 50, 100)
    {
        Score = new(100, 0.34567, 0.876),
        LearningRate = 0.00125,
        ImagesPerSecond = 12345.6,
        Left = TimeSpan.FromSeconds(83),
        ResidentBytes = 400 << 20,
    };

    [Fact]
    public void It_shows_how_far_the_run_is_and_the_latest_figures()
    {
        Assert.Equal(" 50 %  epoch 3/10  1:23 left", Half.Progress);
        Assert.Equal("loss 0.3457  accuracy 87.6 %  lr 0.00125  12,346 images/s  400 MiB", Half.FiguresWithin(80));
        Assert.Equal("27:46:39 left", (Half with { Left = TimeSpan.FromSeconds(99_999) }).Progress[^13..]);
        Assert.Equal("loss 0.3457  lr 0.00125  12,346 images/s  400 MiB", (Half with { Score = new(100, 0.34567, null) }).FiguresWithin(80));
    }

    [Theory]
    [InlineData(66, "loss 0.3457  accuracy 87.6 %  lr 0.00125  12,346 images/s  400 MiB")]
    [InlineData(65, "loss 0.3457  accuracy 87.6 %  lr 0.00125  12,346 images/s")]
    [InlineData(40, "loss 0.3457  accuracy 87.6 %  lr 0.00125")]
    [InlineData(3, "")]
    public void Figures_that_have_no_room_are_left_out(int width, string figures) => Assert.Equal(figures, Half.FiguresWithin(width));

    [Fact]
    public void Before_the_first_step_there_are_no_figures()
    {
        var start = new TrainingStatus(1, 10, 0, 100);
        Assert.Equal(("  0 %  epoch 1/10", ""), (start.Progress, start.FiguresWithin(80)));
    }

    [Theory]
    [InlineData(200, 20, 20)]
    [InlineData(50, 10, 10)]
    [InlineData(20, 0, 0)]
    public void The_bar_takes_the_room_that_the_line_has(int width, int full, int empty) => Assert.Equal((full, empty), Half.Bar(width));
}
