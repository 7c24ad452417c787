using System.Net;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Models that average several: what they answer has how far their members are apart.</summary>
public sealed class EnsembleTests
{
    [Fact]
    public async Task Classifying_with_an_ensemble_gives_its_mean_and_its_disagreement()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("both", TestModels.Ensemble(), TestRegistry.TenLabels);
        await using var server = await RunningServer.StartAsync(registry);
        var pixels = Images.Noise(28, 28, 1, seed: 5);

        var answer = await server.PostBytesAsync("/v1/models/both/classify?top=10", ImageEncoder.Png(pixels, 28, 28, 1), "image/png");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels, 1, 28, 28, 1));
        Assert.All(answer.Json.GetProperty("predictions").EnumerateArray(), p => Assert.Equal(expected["probabilities"].Values<float>()[p.GetProperty("index").GetInt32()], p.GetProperty("probability").GetSingle()));
        Assert.Equal(expected["disagreement"].Values<float>()[0], answer.Json.GetProperty("disagreement").GetSingle());
        Assert.True(answer.Json.GetProperty("disagreement").GetSingle() > 0);
    }

    [Fact]
    public async Task A_single_model_has_no_disagreement()
    {
        using var registry = new TestRegistry();
        registry.Publish("one", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostBytesAsync("/v1/models/one/classify", ImageEncoder.Png(Images.Noise(28, 28, 1, seed: 5), 28, 28, 1), "image/png");

        Assert.False(answer.Json.TryGetProperty("disagreement", out _));
    }
}
