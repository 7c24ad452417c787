using System.Net;
using System.Text;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>Bodies with a content coding, in both directions.</summary>
[Collection(nameof(Alone))]
public sealed class CompressionTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("GZip")]
    [InlineData("identity")]
    public async Task A_compressed_request_is_the_same_request(string coding)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await PostAsync(server, "/v2/models/echo/infer", Codings.Compress(coding, Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [1, 2, 3, 4]))), coding);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([1, 2, 3, 4], answer.Output("logits"));
    }

    [Fact]
    public async Task The_json_length_counts_what_was_decompressed()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry);
        var (body, jsonLength) = Bodies.Binary(
            """{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}]}""", Bodies.Raw(1f, 2f, 3f, 4f));

        var answer = await PostAsync(server, "/v2/models/echo/infer", Codings.Compress("gzip", body), "gzip", ("Inference-Header-Content-Length", jsonLength.ToString(System.Globalization.CultureInfo.InvariantCulture)));

        Assert.Equal([1, 2, 3, 4], answer.Output("logits"));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    [InlineData("gzip,deflate")]
    public async Task Other_codings_get_501_and_which_there_are(string coding)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry);

        var answer = await PostAsync(server, "/v2/models/echo/infer", [1, 2, 3], coding);

        Assert.Equal(HttpStatusCode.NotImplemented, answer.Status);
        Assert.Equal("gzip, deflate", answer.Headers["Accept-Encoding"].Replace(",d", ", d", StringComparison.Ordinal));
        Assert.Contains("Send the body as it is, or with one of: gzip, deflate", answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_bomb_gets_413_and_costs_no_more_memory_than_the_limit(string coding)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("MaxBodyBytes", "1000000"));
        var bomb = Codings.Compress(coding, new byte[100_000_000]);
        Assert.True(bomb.Length < 1_000_000);
        await PostAsync(server, "/v2/models/echo/infer", Codings.Compress(coding, [1]), coding);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var answer = await PostAsync(server, "/v2/models/echo/infer", bomb, coding);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Contains("1000000 bytes", answer.Error, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 6_000_000);
    }

    [Fact]
    public async Task A_body_that_is_not_what_it_says_gets_400()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry);
        var compressed = Codings.Compress("gzip", Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [1, 2, 3, 4])));

        foreach (var (body, message) in new[]
        {
            ("not gzip at all"u8.ToArray(), "is not what its Content-Encoding 'gzip' says"),
            (compressed[..(compressed.Length / 2)], ""),
        })
        {
            var answer = await PostAsync(server, "/v2/models/echo/infer", body, "gzip");
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("br, deflate;q=0.5, gzip;q=0.4", "deflate")]
    [InlineData("deflate, gzip", "gzip")]
    [InlineData("*", "gzip")]
    [InlineData("gzip;q=0", null)]
    [InlineData("br", null)]
    [InlineData(null, null)]
    public async Task Large_json_is_compressed_as_the_client_likes(string? accepted, string? coding)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo(1000));
        await using var server = await RunningServer.StartAsync(registry);
        var values = Enumerable.Range(0, 1000).Select(static i => (float)i).ToArray();

        var answer = await PostAsync(server, "/v2/models/echo/infer", Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 1000], values)), null, accepted is null ? [] : [("Accept-Encoding", accepted)]);

        Assert.Equal(coding, answer.Headers.GetValueOrDefault("Content-Encoding"));
        Assert.Equal("Accept-Encoding", answer.Headers["Vary"]);
        var plain = answer with { Body = Codings.Decompress(coding, answer.Body) };
        Assert.Equal(values, plain.Output("logits"));
        Assert.True(coding is null || answer.Body.Length < plain.Body.Length);
    }

    [Fact]
    public async Task Small_json_and_small_tensors_are_sent_as_they_are()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        registry.Publish("large", TestModels.Echo(40_000));
        await using var server = await RunningServer.StartAsync(registry);

        var json = await PostAsync(server, "/v2/models/echo/infer", Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [1, 2, 3, 4])), null, ("Accept-Encoding", "gzip"));
        var small = await PostAsync(server, "/v2/models/echo/infer", new byte[16], null, ("Accept-Encoding", "gzip"), ("Inference-Header-Content-Length", "0"));
        var large = await PostAsync(server, "/v2/models/large/infer", new byte[160_000], null, ("Accept-Encoding", "gzip"), ("Inference-Header-Content-Length", "0"));

        Assert.DoesNotContain("Content-Encoding", json.Headers.Keys);
        Assert.DoesNotContain("Content-Encoding", small.Headers.Keys);
        Assert.Equal("gzip", large.Headers["Content-Encoding"]);
        var body = Codings.Decompress("gzip", large.Body);
        Assert.Equal(new byte[160_000], body[int.Parse(large.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture)..]);
    }

    private static Task<Answer> PostAsync(RunningServer server, string path, byte[] body, string? coding, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (coding is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return server.SendAsync(request);
    }
}
