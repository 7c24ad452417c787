using Toolchain.Graphs;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Evaluation;

public sealed class TestTimeAugmentationTests
{
    // 0 becomes -2 in the first channel and -0.5 in the second.
    private static readonly Preprocessing Normalisation = new(2, 2, 3, [1, 0.5f], [0.5f, 1]);

    [Theory]
    [InlineData("flip", true, 0, 2)]
    [InlineData("shift", false, 1, 5)]
    [InlineData("shift:2", false, 2, 5)]
    [InlineData("flip,shift:3", true, 3, 10)]
    [InlineData("shift:3,flip", true, 3, 10)]
    public void Words_are_read(string text, bool flip, int shift, int views)
    {
        var parsed = TestTimeAugmentation.Parse(text);
        Assert.Equal((new TestTimeAugmentation(flip, shift), views), (parsed, parsed.Views));
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
    public void Moves_bring_in_black_and_every_view_has_its_mirror_image()
    {
        float[] image = [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60];
        Assert.Equal(
            [
                image,
                [4, 5, 6, -2, -2, -2, 40, 50, 60, -0.5f, -0.5f, -0.5f],
                [-2, -2, -2, 1, 2, 3, -0.5f, -0.5f, -0.5f, 10, 20, 30],
                [2, 3, -2, 5, 6, -2, 20, 30, -0.5f, 50, 60, -0.5f],
                [-2, 1, 2, -2, 4, 5, -0.5f, 10, 20, -0.5f, 40, 50],
            ],
            Views(new(Shift: 1), image));
        Assert.Equal([image, [3, 2, 1, 6, 5, 4, 30, 20, 10, 60, 50, 40]], Views(new(Flip: true), image));

        var both = Views(new(true, 1), image);
        Assert.Equal(10, both.Length);
        Assert.Equal([-2, 3, 2, -2, 6, 5, -0.5f, 30, 20, -0.5f, 60, 50], both[7]);
    }

    [Fact]
    public void Black_is_exactly_what_a_black_pixel_becomes()
    {
        var normalisation = new Preprocessing(1, 2, 2, [0.2860406f], [0.3530242f]);
        var values = new float[4];
        normalisation.Normalise(new byte[4], values);
        using var scope = NewDisposeScope();
        var moved = new TestTimeAugmentation(Shift: 1).Apply(zeros(1, 1, 2, 2), normalisation).Last();
        Assert.Equal(values[0], moved.ToTensorData().Values<float>()[0]);
    }

    [Fact]
    public void A_move_as_large_as_the_image_is_refused()
    {
        using var scope = NewDisposeScope();
        var refusal = Assert.Throws<ToolchainException>(() => new TestTimeAugmentation(Shift: 2).Apply(zeros(1, 2, 2, 3), Normalisation));
        Assert.Equal((ErrorKind.Usage, "--tta shift:2 moves images of 2x3 pixels out of sight. Use fewer pixels."), (refusal.Kind, refusal.Message));
    }

    private static float[][] Views(TestTimeAugmentation augmentation, float[] image)
    {
        using var scope = NewDisposeScope();
        return [.. augmentation.Apply(TensorData.Of<float>(image, 1, 2, 2, 3).ToTensor(), Normalisation).Select(static v => v.ToTensorData().Values<float>().ToArray())];
    }
}
