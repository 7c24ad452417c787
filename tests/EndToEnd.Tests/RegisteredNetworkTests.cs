using Toolchain.Graphs;
using Toolchain.Networks;

namespace Toolchain.EndToEnd.Tests;

/// <summary>Networks that a program of its own registers. The catalog is the process's, so these tests stand where no other reads all of it.</summary>
public sealed class RegisteredNetworkTests
{
    private static readonly Own Taken = new("own-taken");

    [Fact]
    public void A_registered_network_is_found_by_name_and_listed_behind_the_documented_ones()
    {
        var own = new Own("own-listed");
        NetworkCatalog.Register(own);
        NetworkCatalog.Register(own);
        Assert.Same(own, NetworkCatalog.Get("own-listed"));
        Assert.Single(NetworkCatalog.All, n => n.Name == "own-listed");
        Assert.Equal(NetworkCatalog.Documented, NetworkCatalog.All.Take(NetworkCatalog.Documented.Count));
        Assert.DoesNotContain(own, NetworkCatalog.Documented);
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("own-taken")]
    public void A_name_that_is_taken_is_refused_and_nothing_of_the_group_is_registered(string name)
    {
        NetworkCatalog.Register(Taken);
        var clash = Assert.Throws<ToolchainException>(() => NetworkCatalog.Register(new Own($"own-beside-{name}"), new Own(name)));
        Assert.Equal(ErrorKind.Usage, clash.Kind);
        Assert.StartsWith($"Network '{name}' (Toolchain.EndToEnd.Tests.RegisteredNetworkTests+Own) has the name of another network (", clash.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(NetworkCatalog.All, n => n.Name == $"own-beside-{name}");
    }

    [Fact]
    public void Many_threads_may_register_at_once()
    {
        Parallel.For(0, 32, static i => NetworkCatalog.Register(new Own($"own-parallel-{i}")));
        Assert.Equal(32, NetworkCatalog.All.Count(static n => n.Name.StartsWith("own-parallel-", StringComparison.Ordinal)));
    }

    private sealed class Own(string name) : Network
    {
        public override string Name => name;

        public override string Summary => "a network of a test";

        public override string Source => "notes: none";

        protected override Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int classes) => x;
    }
}
