namespace Toolchain.Graphs.Tests.Foundation;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("layer1.*", "layer1.0.conv1.weight", true)]
    [InlineData("layer1.*", "layer10.0.conv1.weight", false)]
    [InlineData("*bn*", "layer1.0.bn1.weight", true)]
    [InlineData("*bn*", "layer1.0.conv1.weight", false)]
    [InlineData("fc?.weight", "fc1.weight", true)]
    [InlineData("fc?.weight", "fc10.weight", false)]
    [InlineData("fc1", "fc1.weight", true)]
    [InlineData("fc1", "fc10.weight", false)]
    [InlineData("fc1.weight", "fc1.weight", true)]
    [InlineData("FC1", "fc1.weight", false)]
    [InlineData("*", "a", true)]
    [InlineData("a.weight", "a-weight", false)]
    public void A_pattern_chooses_the_names_that_a_shell_would_and_everything_below_a_layer(string pattern, string name, bool chosen) =>
        Assert.Equal(chosen, NamePattern.Parse(pattern).Matches(name));

    [Fact]
    public void An_empty_pattern_is_refused() =>
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(static () => NamePattern.Parse("  ")).Kind);
}
