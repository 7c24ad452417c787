using Toolchain.Train.Evaluation;

namespace Toolchain.Train.Tests.Evaluation;

public sealed class TestTimeAugmentationTests
{
    [Theory]
    [InlineData("flip", true, 0, 2)]
    [InlineData("shift", false, 1, 5)]
    [InlineData("shift:2", false, 2, 5)]
    [InlineData("flip,shift:3", true, 3, 10)]
    [InlineData("shift:3,flip", true, 3, 10)]
    public void Words_are_read(string text, bool flip, int shift, int views)
    {
        var parsed = TestTimeAugmentation.Parse(text);
        Assert.Equal((new TestTimeAugmentation(flip, shift), views), (parsed, parsed.Views.Length));
        Assert.Equal(parsed, TestTimeAugmentation.Parse(parsed.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("flop")]
    [InlineData("flip,flip")]
    [InlineData("shift:0")]
    [InlineData("shift:-1")]
    [InlineData("shift,shift:2")]
    [InlineData("flip:1")]
    public void Other_words_are_refused(string text)
    {
        var refusal = Assert.Throws<ToolchainException>(() => TestTimeAugmentation.Parse(text));
        Assert.Equal((ErrorKind.Usage, $"--tta is '{text}'; it takes flip, shift (by one pixel), shift:PIXELS, or flip,shift:PIXELS, each once."), (refusal.Kind, refusal.Message));
    }

    [Fact]
    public void A_move_as_large_as_the_image_and_a_table_are_refused()
    {
        var images = new Preprocessing(1, 2, 3, [0.5f], [0.5f]);
        Assert.Equal("--tta shift:2 moves images of 2x3 pixels out of sight. Use fewer pixels.", Refused(new(Shift: 2), images));
        new TestTimeAugmentation(true, 1).RequireFit(images);
        Assert.Equal("--tta flip is for images, and the samples are rows of a table. Leave it out.", Refused(new(Flip: true), images with { Samples = SampleKind.Numbers }));
        TestTimeAugmentation.None.RequireFit(images with { Samples = SampleKind.Numbers });

        static string Refused(TestTimeAugmentation augmentation, Preprocessing preprocessing)
        {
            var refusal = Assert.Throws<ToolchainException>(() => augmentation.RequireFit(preprocessing));
            Assert.Equal(ErrorKind.Usage, refusal.Kind);
            return refusal.Message;
        }
    }
}
