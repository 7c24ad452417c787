using System.Net;
using System.Runtime.InteropServices;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class ClassifyTests
{
    [Fact]
    public async Task A_png_is_classified_exactly_as_onnx_runtime_does()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        await using var server = await RunningServer.StartAsync(registry);
        var pixels = Images.Noise(28, 28, 1, seed: 5);

        var answer = await server.PostBytesAsync("/v1/models/fashion/classify?top=10", ImageEncoder.Png(pixels, 28, 28, 1), "image/png");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels, 1, 28, 28, 1))["probabilities"].Values<float>().ToArray();
        var predictions = answer.Json.GetProperty("predictions").EnumerateArray().ToList();
        Assert.Equal(10, predictions.Count);
        foreach (var prediction in predictions)
        {
            var index = prediction.GetProperty("index").GetInt32();
            Assert.Equal(expected[index], prediction.GetProperty("probability").GetSingle());
            Assert.Equal(TestRegistry.TenLabels[index], prediction.GetProperty("label").GetString());
        }

        Assert.Equal(expected.OrderDescending(), predictions.Select(p => p.GetProperty("probability").GetSingle()));
        Assert.Equal(("fashion", 1, 1), (answer.Json.GetProperty("model").GetString()!, answer.Json.GetProperty("version").GetInt32(), answer.Json.GetProperty("batch_size").GetInt32()));
        Assert.All(["queue", "decode", "infer"], part => Assert.True(answer.Json.GetProperty("timings_ms").GetProperty(part).GetDouble() >= 0));
    }
}
