namespace Toolchain.Registry.Tests;

public sealed class ModelReferenceTests
{
    [Theory]
    [InlineData("mnist", "mnist", null, null)]
    [InlineData("mnist:3", "mnist", 3, null)]
    [InlineData("mnist@production", "mnist", null, "production")]
    [InlineData("0.a_b-c", "0.a_b-c", null, null)]
    public void A_reference_is_a_name_a_version_or_an_alias_and_prints_as_it_was_written(string text, string name, int? version, string? alias)
    {
        var reference = ModelReference.Parse(text);
        Assert.Equal((name, version, alias), (reference.Name, reference.Version, reference.Alias));
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("../mnist")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("Mnist")]
    [InlineData("mnist\n")]
    [InlineData("mnist:")]
    [InlineData("mnist:0")]
    [InlineData("mnist:03")]
    [InlineData("mnist:-1")]
    [InlineData("mnist:+1")]
    [InlineData("mnist: 1")]
    [InlineData("mnist:99999999999")]
    [InlineData("mnist:3@production")]
    [InlineData("mnist@")]
    [InlineData("mnist@../x")]
    [InlineData("mnist@production:3")]
    public void Anything_else_is_refused_before_it_touches_the_disk(string text)
        => Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => ModelReference.Parse(text)).Kind);

    [Fact]
    public void Names_have_at_most_64_characters()
    {
        Assert.True(ModelName.IsValid(new string('a', 64)));
        Assert.False(ModelName.IsValid(new string('a', 65)));
    }

    [Theory]
    [InlineData("mnits", "mnist")]
    [InlineData("minst", "mnist")]
    [InlineData("res", "resnet18")]
    [InlineData("x", null)]
    [InlineData("something-else", null)]
    public void The_nearest_name_is_proposed_only_when_it_is_near(string text, string? expected)
        => Assert.Equal(expected, Nearest.To(text, ["mnist", "cifar10", "resnet18"]));
}
