using Toolchain.Networks;

namespace Toolchain.Graphs.Tests.Networks;

public sealed class NetworkArgumentsTests
{
    [Fact]
    public void Defaults_fill_in_what_is_not_set()
    {
        var arguments = NetworkArguments.Of(new ResBlocks(), new Dictionary<string, string> { ["blocks"] = "3" });
        Assert.Equal(["blocks=3", "shared=false", "width=32"], arguments.Values.Select(static p => $"{p.Key}={p.Value}"));
        Assert.Equal((3, 32, false), (arguments.Number("blocks"), arguments.Number("width"), arguments.Flag("shared")));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var settings = new Dictionary<string, string> { ["blocks"] = "0", ["depth"] = "3", ["shared"] = "yes", ["width"] = "wide" };
        var refusal = Assert.Throws<ToolchainException>(() => NetworkArguments.Of(new ResBlocks(), settings));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Equal(
            "Network 'resblocks': blocks takes 1..1000, found '0'; 'depth' is not one of its arguments (blocks, width, shared); shared takes true|false, found 'yes'; width takes 1..4096, found 'wide'. See: train networks.",
            refusal.Message);
    }

    [Theory]
    [InlineData("full", true)]
    [InlineData("small", true)]
    [InlineData("Small", false)]
    [InlineData("", false)]
    public void A_choice_takes_its_words_only(string value, bool taken) => Assert.Equal(taken, new CnnNet().Options[0].Takes(value));

    [Theory]
    [InlineData("1", true)]
    [InlineData("65536", true)]
    [InlineData("65537", false)]
    [InlineData("0", false)]
    [InlineData("-5", false)]
    [InlineData("1.5", false)]
    [InlineData("99999999999", false)]
    public void A_number_stays_within_its_bounds(string value, bool taken) => Assert.Equal(taken, new Mlp().Options[0].Takes(value));

    [Theory]
    [InlineData("3x224x224", 3, 224, 224)]
    [InlineData("1x1x2", 1, 1, 2)]
    public void An_image_size_is_channels_height_and_width(string text, int channels, int height, int width) =>
        Assert.Equal(new ImageSize(channels, height, width), ImageSize.Parse(text));

    [Theory]
    [InlineData("224x224")]
    [InlineData("3x224x0")]
    [InlineData("3x-1x2")]
    [InlineData("3×224×224")]
    [InlineData("")]
    public void Another_text_is_no_image_size(string text)
    {
        var refusal = Assert.Throws<ToolchainException>(() => ImageSize.Parse(text));
        Assert.Equal((ErrorKind.Usage, $"Image size '{text}' is not understood. Expected CxHxW, for example 3x224x224."), (refusal.Kind, refusal.Message));
    }
}
