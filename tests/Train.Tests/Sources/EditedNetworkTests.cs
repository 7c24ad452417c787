using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Networks;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Sources;

/// <summary>Changed networks compute what they say, in both engines.</summary>
public sealed class EditedNetworkTests
{
    [Theory]
    [InlineData("mlp", "hidden=8", "relu1=Tanh")]
    [InlineData("cnnnet", "size=small", "features.1=LeakyReLU(0.1)", "classifier.0=Dropout(0.2)", "features.2=AvgPool2d(2)", "features.0=Conv2d(32, kernel=5, stride=1, padding=2)")]
    [InlineData("resblocks", "blocks=2", "resblocks.0.batch_norm=Identity", "tanh1=Sequential(Linear(16), ReLU6(), Linear(32))")]
    [InlineData("resblocks", "shared=true", "resblocks.0.relu=Sigmoid", "pool2=MaxPool2d(3, stride=2, padding=1)")]
    [InlineData("cnnnet", "size=small", "avgpool=AdaptiveAvgPool2d((3, 3))", "classifier.4=Linear(256, bias=False)")]
    public void A_changed_network_gives_the_same_in_both_engines(string network, string settings, params string[] replacements)
    {
        var graph = Edited(network, settings, [.. replacements.Select(GraphEdit.Replace.Parse)]);
        var input = Numbers.Uniform(4, 3, 1, 28, 28);
        Tolerance.Holds(Tolerance.Network, Runners.Torch(graph, input), Runners.OnnxRuntime(graph, input));
    }

    [Fact]
    public void A_network_without_a_block_computes_what_is_left()
    {
        var input = Numbers.Uniform(5, 2, 1, 28, 28);
        var three = Edited("resblocks", "blocks=3", new GraphEdit.Remove("resblocks.2"));
        var two = Edited("resblocks", "blocks=2");
        Tolerance.Holds(Tolerance.Operator, Runners.Torch(two, input), Runners.Torch(three, input));
        Tolerance.Holds(Tolerance.Network, Runners.Torch(three, input), Runners.OnnxRuntime(three, input));
    }

    [Fact]
    public void A_replaced_activation_is_the_one_that_is_computed()
    {
        // Without the hidden layer's activation the network is linear: f(a) + f(b) = f(a + b) + f(0).
        var graph = Edited("mlp", "hidden=8", GraphEdit.Replace.Parse("relu1=Identity"));
        var (a, b) = (Numbers.Uniform(6, 1, 1, 28, 28), Numbers.Uniform(7, 1, 1, 28, 28));
        float[] Of(Func<float, float, float> combine) => Runners.Torch(graph, TensorData.Of<float>(a.Values<float>().ToArray().Zip(b.Values<float>().ToArray(), combine).ToArray(), 1, 1, 28, 28)).Values<float>().ToArray();
        var left = Of(static (x, _) => x).Zip(Of(static (_, y) => y), static (x, y) => x + y).ToArray();
        var right = Of(static (x, y) => x + y).Zip(Of(static (_, _) => 0), static (x, y) => x + y).ToArray();
        Tolerance.Holds(Tolerance.Operator, left, right);
        var original = Edited("mlp", "hidden=8");
        Assert.False(Runners.Torch(original, a).ContentEquals(Runners.Torch(graph, a)));
    }

    private static Graph Edited(string network, string settings, params GraphEdit[] edits)
    {
        var found = NetworkCatalog.Get(network);
        var set = settings.Split(',').Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        return new NetworkEdits(edits.ToEquatableArray()).Apply(found.Build(new(1, 28, 28), 10, NetworkArguments.Of(found, set), seed: 2), seed: 2).Graph;
    }
}
