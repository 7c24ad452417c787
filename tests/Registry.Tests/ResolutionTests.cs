using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

public sealed class ResolutionTests : IDisposable
{
    private readonly TemporaryRegistry temporary = new();

    private ModelRegistry Registry => temporary.Registry;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_bare_name_means_the_highest_version_counted_as_a_number()
    {
        for (var version = 1; version <= 10; version++)
        {
            temporary.Publish();
        }

        Assert.Equal(10, Registry.Resolve("mnist").Version);
        Assert.Equal(9, Registry.Resolve("mnist:9").Version);
    }

    [Fact]
    public void An_alias_means_the_version_it_was_last_pointed_at()
    {
        temporary.Publish();
        temporary.Publish();
        Registry.SetAlias("mnist", "production", 2);
        Registry.SetAlias("mnist", "candidate", 2);
        Registry.SetAlias("mnist", "production", 1);
        Assert.Equal(1, Registry.Resolve("mnist@production").Version);
        Assert.Equal("""
            {
              "candidate": 2,
              "production": 1
            }

            """, File.ReadAllText(temporary.PathOf("mnist", "aliases.json")));
        Registry.RemoveAlias("mnist", "candidate");
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => Registry.Resolve("mnist@candidate")).Kind);
    }

    [Theory]
    [InlineData("mnits", "There is no model of that name. Did you mean 'mnist'? It has: mnist.")]
    [InlineData("mnist:7", "Its versions are 1, 2.")]
    [InlineData("mnist@prod", "has no alias 'prod'. Did you mean 'production'? It has: production (1).")]
    [InlineData("mnist@productoin", "Did you mean 'production'?")]
    public void What_is_not_there_is_answered_with_what_is(string reference, string answer)
    {
        temporary.Publish();
        temporary.Publish();
        Registry.SetAlias("mnist", "production", 1);
        var missing = Assert.Throws<ToolchainException>(() => Registry.Resolve(reference));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
        Assert.Contains(answer, missing.Message, StringComparison.Ordinal);
        Assert.Contains($"'{temporary.Root}'", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_that_does_not_exist_is_empty()
    {
        Assert.Empty(Registry.List());
        Assert.Empty(Registry.Verify().Faults);
        Assert.Contains("no models yet", Assert.Throws<ToolchainException>(() => Registry.Resolve("mnist")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Readers_do_not_see_what_breaks_the_rules()
    {
        temporary.Publish();
        foreach (var stranger in (string[])["mnist/.new-x", "mnist/02", "mnist/0", "mnist/notes", ".cache/1", "UPPER/1"])
        {
            Directory.CreateDirectory(temporary.PathOf(stranger));
        }

        File.WriteAllText(temporary.PathOf("README.md"), "about these models");
        Assert.Equal(["mnist"], Registry.List().Select(listing => listing.Name));
        Assert.Equal(1, Registry.Resolve("mnist").Version);
    }

    [Fact]
    public void An_alias_to_a_version_that_is_not_there_is_refused_and_none_is_written()
    {
        temporary.Publish();
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => Registry.SetAlias("mnist", "production", 2)).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<ToolchainException>(() => Registry.SetAlias("mnist", "Not/Allowed", 1)).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<ToolchainException>(() => Registry.RemoveAlias("mnist", "production")).Kind);
        Assert.False(File.Exists(temporary.PathOf("mnist", "aliases.json")));
    }

    [Fact]
    public void An_alias_whose_version_was_deleted_by_hand_is_bad_input()
    {
        temporary.Publish();
        temporary.Publish();
        Registry.SetAlias("mnist", "production", 2);
        Directory.Delete(temporary.PathOf("mnist", "2"), recursive: true);
        var damage = Assert.Throws<ToolchainException>(() => Registry.Resolve("mnist@production"));
        Assert.Equal(ErrorKind.BadInput, damage.Kind);
        Assert.Contains("points to version 2, which is not there. Its only version is 1.", damage.Message, StringComparison.Ordinal);
    }
}
