using System.Net;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task Server_and_model_metadata_are_as_the_protocol_has_them()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("Model:0", "fashion:1"), ("Model:1", "fashion"));

        Assert.Equal(
            """{"name":"fashion","versions":["1","2"],"platform":"onnxruntime_onnx","inputs":[{"name":"pixels","datatype":"UINT8","shape":[-1,28,28,1]}],"outputs":[{"name":"probabilities","datatype":"FP32","shape":[-1,10]},{"name":"logits","datatype":"FP32","shape":[-1,10]}]}""",
            (await server.GetAsync("/v2/models/fashion")).Text);
        Assert.Equal((await server.GetAsync("/v2/models/fashion")).Text, (await server.GetAsync("/v2/models/fashion/versions/1")).Text);
        var metadata = (await server.GetAsync("/v2")).Json;
        Assert.Equal("toolchain-serve", metadata.GetProperty("name").GetString());
        Assert.Equal(["classification", "model_repository", "schedule_policy", "model_configuration", "binary_tensor_data", "parameters", "statistics"], metadata.GetProperty("extensions").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal("""{"live":true}""", (await server.GetAsync("/v2/health/live")).Text);
        Assert.Equal("""{"ready":true}""", (await server.GetAsync("/v2/health/ready")).Text);
        Assert.Equal("""{"name":"fashion","ready":true}""", (await server.GetAsync("/v2/models/fashion/ready")).Text);
        Assert.Equal("""{"name":"fashion","ready":true}""", (await server.GetAsync("/v2/models/fashion/versions/2/ready")).Text);
    }

    [Theory]
    [InlineData("/v2/models/other", "Request for unknown model: 'other' is not found")]
    [InlineData("/v2/models/other/ready", "Request for unknown model: 'other' is not found")]
    [InlineData("/v2/models/fashion/versions/7", "Request for unknown model: 'fashion' version 7 is not found")]
    [InlineData("/v2/models/fashion/versions/one/ready", "Request for unknown model: 'fashion' version one is not found")]
    [InlineData("/v2/models/..%2ffashion", "Request for unknown model: '..%2ffashion' is not found")]
    [InlineData("/v1/models/other", "Model 'other' is not served here. Served: fashion:1.")]
    [InlineData("/v2/models", "There is nothing at GET /v2/models.")]
    [InlineData("/", "There is nothing at GET /.")]
    public async Task What_is_not_there_gets_404_and_says_so(string path, string message)
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await server.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.StartsWith(message, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_card_has_what_the_registry_knows()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        registry.Registry.SetAlias("fashion", "production", 1);
        await using var server = await RunningServer.StartAsync(registry);

        var card = (await server.GetAsync("/v1/models/fashion@production")).Json;

        Assert.Equal(TestRegistry.TenLabels, card.GetProperty("manifest").GetProperty("labels").EnumerateArray().Select(l => l.GetString()!));
        Assert.Equal(28, card.GetProperty("manifest").GetProperty("preprocessing").GetProperty("height").GetInt32());
        Assert.Equal(["production"], card.GetProperty("aliases").EnumerateArray().Select(a => a.GetString()!));
        Assert.True(card.GetProperty("ready").GetBoolean());
        Assert.DoesNotContain(registry.Folder, card.GetRawText(), StringComparison.Ordinal);
        var listed = Assert.Single((await server.GetAsync("/v1/models")).Json.GetProperty("models").EnumerateArray());
        Assert.Equal("fashion", listed.GetProperty("name").GetString());
        Assert.Equal(32, listed.GetProperty("max_batch_size").GetInt32());
        Assert.False(listed.TryGetProperty("manifest", out _));
    }

    [Fact]
    public async Task Wrong_verbs_get_405_with_the_right_ones()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);

        foreach (var (method, path, allowed) in new[] { ("DELETE", "/v2", "GET"), ("GET", "/v2/models/fashion/infer", "POST"), ("PUT", "/v1/models/fashion/classify", "POST") })
        {
            var answer = await server.SendAsync(new(new HttpMethod(method), path));
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
            Assert.Equal(allowed, answer.Headers["Allow"]);
            Assert.Contains($"Use {allowed}", answer.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_above_the_limit_gets_413_whether_or_not_it_says_its_length()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("MaxBodyBytes", "100000"));

        foreach (var chunked in new[] { false, true })
        {
            using var content = new ByteArrayContent(new byte[300_000]);
            var answer = await server.SendAsync(new(HttpMethod.Post, "/v1/models/fashion/classify") { Content = content, Headers = { TransferEncodingChunked = chunked } });
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
            Assert.Contains("100000 bytes", answer.Error, StringComparison.Ordinal);
        }
    }
}
