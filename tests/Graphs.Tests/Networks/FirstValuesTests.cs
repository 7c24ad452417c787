using Toolchain.Networks;

namespace Toolchain.Graphs.Tests.Networks;

/// <summary>How networks begin: by their own source, and by what a policy overrules.</summary>
public sealed class FirstValuesTests
{
    [Theory]
    // torchvision: Kaiming normal by fan-out, √(2 / (64·9)); the CIFAR networks by fan-in, √(2 / (16·9)); GoogLeNet normal 0.01 cut off at two deviations.
    [InlineData("resnet18", "layer1.0.conv1.weight", 2.0 / (64 * 9))]
    [InlineData("resnet20", "layer2.0.conv1.weight", 2.0 / (16 * 9))]
    [InlineData("googlenet", "inception3a.branch2.1.conv.weight", 0.0001 * 0.7737)]
    [InlineData("resblocks", "resblocks.0.conv.weight", 1.0 / (32 * 9) / 3)]
    public void A_network_begins_as_its_source_says(string network, string weight, double variance)
    {
        var values = NetworkCatalog.Get(network).Build(new(1, 28, 28), 10).Initializers[weight].Values<float>().ToArray();
        Assert.Equal(variance, values.Average(static v => (double)v * v), 0.1 * variance);
    }

    [Fact]
    public void A_policy_overrules_the_source_where_it_is_set()
    {
        static OrderedWeights Weights(params string[] words) => NetworkCatalog.Get("resnet20").Build(new(1, 28, 28), 10, seed: 3, first: InitializationPolicy.Parse(words)).Initializers;
        var (own, changed) = (Weights(), Weights("linear=xavier-uniform"));
        Assert.Equal(["fc.weight"], own.Where(p => !p.Value.ContentEquals(changed[p.Key])).Select(static p => p.Key));
        Assert.Equal(2.0 / (64 + 10), changed["fc.weight"].Values<float>().ToArray().Average(static v => (double)v * v), 0.004);
    }

    [Theory]
    [InlineData("resnet18", "bn2")]
    [InlineData("resnet50", "bn3")]
    [InlineData("resnet20", "bn2")]
    public void Zero_gamma_zeroes_exactly_the_last_norm_of_every_residual_block(string network, string last)
    {
        var found = NetworkCatalog.Get(network);
        var arguments = NetworkArguments.Of(found, new Dictionary<string, string> { ["width"] = "8" });
        var graph = found.Build(new(1, 28, 28), 10, arguments, first: InitializationPolicy.Parse(["bn=zero-gamma"]));
        var scales = graph.Nodes.Where(static n => n.Op is BatchNormalization).Select(static n => n.Inputs[1]).ToArray();
        var zero = scales.Where(s => graph.Initializers[s].Values<float>().ToArray().All(static v => v == 0)).ToArray();
        Assert.Equal(graph.Nodes.Count(static n => n.Op is Add), zero.Length);
        Assert.All(zero, s => Assert.EndsWith($".{last}.weight", s, StringComparison.Ordinal));
        Assert.All(scales.Except(zero), s => Assert.All(graph.Initializers[s].Values<float>().ToArray(), static v => Assert.Equal(1, v)));
    }

    [Theory]
    [InlineData("mlp", "conv=orthogonal", "Network 'mlp' has no parameters for the initialisation 'conv=orthogonal' (it has Linear, Bias). Leave it out.")]
    [InlineData("resblocks", "bn=zero-gamma", "Network 'resblocks' has no parameters for the initialisation 'bn=zero-gamma' (it has Convolution, Linear, Bias, NormScale). Leave it out.")]
    public void A_rule_without_parameters_is_refused(string network, string word, string expected)
    {
        var refusal = Assert.Throws<ToolchainException>(() => NetworkCatalog.Get(network).Build(new(1, 28, 28), 10, first: InitializationPolicy.Parse([word])));
        Assert.Equal((ErrorKind.Usage, expected), (refusal.Kind, refusal.Message));
    }
}
