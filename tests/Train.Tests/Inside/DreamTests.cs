using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Inside;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Inside;

/// <summary>Dreams of networks whose best input is known, and how targets are named.</summary>
public sealed class DreamTests
{
    private static readonly Preprocessing Input = new(1, 3, 4, [0.4f], [0.3f]);
    private static readonly string[] Names = ["Shoe", "Sock", "7"];

    [Fact]
    public void Without_regularisation_a_linear_value_is_raised_to_its_maximum()
    {
        // Pixels where the class's weight is positive become full and the others black.
        var graph = NetworkCatalog.Get("linear").Build(new(1, 3, 4), 3);
        var weights = graph.Initializers.Single(static p => p.Key.EndsWith("weight", StringComparison.Ordinal)).Value.Values<float>().ToArray();
        using var network = new ScoredNetwork(graph, ModelTask.Regression, CPU);
        var options = new DreamOptions { TotalVariation = 0, Decay = 0, Jitter = 0, Steps = 100 };
        var dreams = new Dreamer(network, Input, options).Run([new("Shoe", 0), new("7", 2)], [], default);
        foreach (var dream in dreams)
        {
            var expected = weights.Skip(12 * dream.Target.Output!.Value).Take(12).Select(static w => (byte)(w > 0 ? 255 : 0));
            Assert.Equal(expected, dream.Image.Pixels.Where(static (_, i) => i % 3 == 0));
            Assert.True(dream.After > dream.Before);
            Assert.Equal(dream.After, dream.Scores[dream.Target.Output.Value], 1e-6);
        }
    }

    [Fact]
    public void Regularisation_alone_gives_the_mean_of_the_data()
    {
        using var network = Network();
        var options = new DreamOptions { TotalVariation = 0, Decay = 1e4, LearningRate = 0.005, Steps = 200, Noise = 0.3 };
        var dream = Assert.Single(new Dreamer(network, Input, options).Run([new("Shoe", 0)], [], default));
        Assert.All(dream.Image.Pixels, static p => Assert.InRange(p, 100, 104));
        var smooth = Assert.Single(new Dreamer(network, Input, options with { Decay = 0, TotalVariation = 1e4 }).Run([new("Shoe", 0)], [], default));
        Assert.InRange(smooth.Image.Pixels.Max() - smooth.Image.Pixels.Min(), 0, 4);
    }

    [Fact]
    public void A_dream_repeats_with_its_seed_and_does_not_depend_on_the_others()
    {
        using var network = Network();
        IReadOnlyList<Dream> Of(long seed, params DreamTarget[] targets) => new Dreamer(network, Input, new() { Steps = 10, Seed = seed }).Run(targets, [], default);
        var alone = Of(1, new DreamTarget("Sock", 1))[0];
        Assert.Equal(alone.Image.Pixels, Of(1, new("Shoe", 0), new("Sock", 1), new("fc1", null, "fc1", 3))[1].Image.Pixels);
        Assert.NotEqual(alone.Image.Pixels, Of(2, new DreamTarget("Sock", 1))[0].Image.Pixels);
    }

    [Fact]
    public void It_begins_with_the_image_that_is_given()
    {
        using var network = Network();
        byte[] image = [.. Enumerable.Range(0, 12).Select(static i => (byte)(20 * i))];
        var dream = Assert.Single(new Dreamer(network, Input, new() { Steps = 0 }).Run([new("Shoe", 0)], image, default));
        Assert.Equal(image, dream.Image.Pixels.Where(static (_, i) => i % 3 == 0));
        Assert.Equal(dream.Before, dream.After);
    }

    [Theory]
    [InlineData("sock", "Sock", 1, null, null)]
    [InlineData("0", "Shoe", 0, null, null)]
    [InlineData("7", "7", 2, null, null)]
    [InlineData("fc1", "fc1", null, "fc1", null)]
    [InlineData("fc1:3", "fc1:3", null, "fc1", 3)]
    public void A_target_is_a_class_by_name_or_number_a_layer_or_a_channel(string text, string name, int? output, string? layer, int? channel)
    {
        using var network = Network();
        Assert.Equal(new(name, output, layer, channel), Assert.Single(DreamTarget.Parse(text, network, Names)));
    }

    [Fact]
    public void All_is_every_class_and_what_is_nothing_is_refused()
    {
        using var network = Network();
        Assert.Equal(Names, DreamTarget.Parse("all", network, Names).Select(static t => t.Name));
        Assert.Contains("Did you mean 'Sock'?", Assert.Throws<ToolchainException>(() => DreamTarget.Parse("Sick", network, Names)).Message, StringComparison.Ordinal);
        Assert.Contains("Layer 'fc1' has no channel '100000'", Assert.Throws<ToolchainException>(() => DreamTarget.Parse("fc1:100000", network, Names)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using (var network = Network())
        {
            new Dreamer(network, Input, new() { Steps = 3 }).Run([new("Shoe", 0), new("fc1", null, "fc1")], [], default);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static ScoredNetwork Network() => new(NetworkCatalog.Get("mlp").Build(new(1, 3, 4), 3), ModelTask.Classification, CPU);
}
