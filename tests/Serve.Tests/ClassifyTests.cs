using System.Net;
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

    [Theory]
    [InlineData("tiles.jpg", "image/jpeg")]
    [InlineData("tiles.webp", "image/webp")]
    [InlineData("tiles.gif", "application/octet-stream")]
    [InlineData("tiles.jpg", null)]
    public async Task Jpeg_webp_and_gif_are_decoded_as_the_shared_decoder_does(string file, string? type)
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("colour", TestModels.Classifier(14, 20, 3));
        await using var server = await RunningServer.StartAsync(registry);
        var encoded = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", file));
        var pixels = new byte[14 * 20 * 3];
        ImageDecoder.Decode(encoded, pixels, 3, 14, 20);

        var answer = await server.PostBytesAsync("/v1/models/colour/classify?top=1", encoded, type);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var expected = TestRegistry.RunDirectly(version, TensorData.Of<byte>(pixels, 1, 14, 20, 3))["probabilities"].Values<float>().ToArray();
        var best = Assert.Single(answer.Json.GetProperty("predictions").EnumerateArray());
        Assert.Equal(expected.Max(), best.GetProperty("probability").GetSingle());
        Assert.Equal(Array.IndexOf(expected, expected.Max()).ToString(System.Globalization.CultureInfo.InvariantCulture), best.GetProperty("label").GetString());
    }

    [Theory]
    [InlineData("fashion")]
    [InlineData("fashion:1")]
    [InlineData("fashion@production")]
    [InlineData("fashion%3A1")]
    [InlineData("fashion%40production")]
    public async Task A_model_is_named_by_name_version_or_alias(string reference)
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Registry.SetAlias("fashion", "production", 1);
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostBytesAsync($"/v1/models/{reference}/classify", ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(5, answer.Json.GetProperty("predictions").GetArrayLength());
    }

    [Theory]
    [InlineData("/v1/models/unknown/classify", 404, "Model 'unknown' is not served here. Served: fashion:1, plain:1.")]
    [InlineData("/v1/models/fashion:9/classify", 404, "Model 'fashion:9' is not served here.")]
    [InlineData("/v1/models/fashion@canary/classify", 404, "Model 'fashion@canary' is not served here.")]
    [InlineData("/v1/models/..%2f..%2fetc/classify", 400, "is not allowed")]
    [InlineData("/v1/models/..%2Ffashion/classify", 400, "is not allowed")]
    [InlineData("/v1/models/%2e%2e%2f/classify", 400, "is not allowed")]
    [InlineData("/v1/models/fashion/classify?top=0", 400, "'top' is 0")]
    [InlineData("/v1/models/fashion/classify?top=many", 400, "A parameter of /v1/models/fashion/classify?top=many is not what it must be")]
    [InlineData("/v1/models/plain/classify", 400, "Model plain:1 cannot classify an image: it takes 'input' FP32 [-1,1,8,8]")]
    public async Task What_cannot_be_classified_is_refused_with_a_reason(string path, int status, string message)
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Publish("plain", TestModels.TensorClassifier());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.PostBytesAsync(path, ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1), "image/png");

        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bombs_truncated_files_and_other_files_are_refused_and_the_server_goes_on()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        var image = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);

        foreach (var (body, message) in new[]
        {
            (Bodies.PngOfSize(50_000, 50_000), "pixels; the limit is 50000000"),
            (Bodies.PngOfSize(0, 28), "cannot be decoded"),
            (image[..(image.Length / 2)], "cut short"),
            (Bodies.PngOfSize(6000, 6000), "cut short"),
            ("<svg/>"u8.ToArray(), "is not an image"),
            ([], "is empty"),
        })
        {
            var answer = await server.PostBytesAsync("/v1/models/fashion/classify", body, "image/png");
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, (await server.PostBytesAsync("/v1/models/fashion/classify", image, "image/png")).Status);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Bodies_that_wrap_the_image_are_refused_as_a_type(string type)
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        using var content = new ByteArrayContent([1]);
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        var answer = await server.SendAsync(new(HttpMethod.Post, "/v1/models/fashion/classify") { Content = content });

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        Assert.Contains("Send the file itself", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_values_come_first_and_what_is_not_a_number_last()
    {
        var best = new int[5];
        Serve.Protocol.Ranking.Largest<float>([0.1f, float.NaN, 0.7f, 0.2f, 0.7f], best);
        Assert.Equal([2, 4, 3, 0, 1], best);
    }
}
