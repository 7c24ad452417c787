namespace Toolchain.Data.Tests;

public sealed class TestTimeViewsTests
{
    private static readonly Preprocessing Shape = new(1, 2, 3, [0], [1]);
    private static readonly byte[] Images = [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60];

    [Theory]
    [InlineData(false, 0, 1)]
    [InlineData(true, 0, 2)]
    [InlineData(false, 1, 5)]
    [InlineData(true, 2, 10)]
    public void The_views_are_all_different_and_begin_with_the_image_as_it_is(bool flip, int shift, int count)
    {
        var views = TestTimeViews.Of(flip, shift);
        Assert.Equal((count, count, default), (views.Length, views.Distinct().Count(), views[0]));
    }

    [Fact]
    public void The_unchanged_view_copies_nothing()
    {
        var seen = default(TestTimeView).Of(Images, Shape, new byte[12]);
        Assert.True(seen.Overlaps(Images));
    }

    [Theory]
    [InlineData(0, 0, true, new byte[] { 3, 2, 1, 6, 5, 4, 30, 20, 10, 60, 50, 40 })]
    [InlineData(1, 0, false, new byte[] { 0, 0, 0, 1, 2, 3, 0, 0, 0, 10, 20, 30 })]
    [InlineData(0, -1, false, new byte[] { 2, 3, 0, 5, 6, 0, 20, 30, 0, 50, 60, 0 })]
    [InlineData(-1, 0, true, new byte[] { 6, 5, 4, 0, 0, 0, 60, 50, 40, 0, 0, 0 })]
    public void A_view_moves_then_mirrors_every_image(int down, int right, bool mirrored, byte[] expected)
    {
        var scratch = new byte[20];
        Assert.Equal(expected, new TestTimeView(down, right, mirrored).Of(Images, Shape, scratch).ToArray());
    }
}
