using System.Net;
using System.Text;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Clients that send or read slowly, or not at all: they hold no rows, and do not stay for ever.</summary>
public sealed class SlowClientCases
{
    private const int Width = 100_000;
    private const string Infer = "/v2/models/wide/infer";

    [Fact]
    public async Task Whoever_sends_a_body_too_slowly_holds_nothing_up_and_is_told_so()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--max-queue-size", "2", "--max-batch-size", "2");
        var body = Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [1, 2, 3, 4]));
        var slow = new List<RawConnection>();
        for (var i = 0; i < 30; i++)
        {
            slow.Add(await server.ConnectAsync());
            await slow[i].SendAsync(RawConnection.Post("/v2/models/echo/infer", body).AsMemory()[..^(1 + i)]);
        }

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(i, (await server.Client.InferAsync("echo", i)).Output("logits")[0]);
        }

        Assert.All(await Task.WhenAll(slow.Select(static connection => connection.ReadAnswerAsync())), static answer =>
        {
            Assert.Equal(HttpStatusCode.RequestTimeout, answer.Status);
            Assert.Contains("too slowly", answer.Error, StringComparison.Ordinal);
        });
        slow.ForEach(static connection => connection.Dispose());
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Whoever_does_not_read_holds_no_rows_and_little_memory()
    {
        using var registry = new TestRegistry();
        registry.Publish("wide", TestModels.Echo(Width));
        await using var server = await HardServer.StartAsync(registry, "--max-batch-size", "4");
        var json = $$$"""{"inputs":[{"name":"input","shape":[4,{{{Width}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{16 * Width}}}}}],"parameters":{"binary_data_output":true}}""";
        var (body, length) = Bodies.Binary(json, new byte[16 * Width]);
        var request = RawConnection.Post(Infer, body, $"Inference-Header-Content-Length: {length}");
        await server.AskAsync(request);
        var before = server.Usage;

        // Each answer is 1.6 MB, and together they are more rows than there are: if who does not read held rows, nobody else would get any.
        var deaf = new List<RawConnection>();
        for (var i = 0; i < 12; i++)
        {
            deaf.Add(await server.ConnectAsync(receiveBuffer: 4096));
            await deaf[i].SendAsync(request);
        }

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.AskAsync(request))), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.InRange(server.Usage.ResidentBytes, 0, before.ResidentBytes + (200 << 20));
        deaf.ForEach(static connection => connection.Reset());
        await server.IdleAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Idle_connections_and_unfinished_heads_keep_nobody_out()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry);
        var idle = new List<RawConnection>();
        for (var i = 0; i < 500; i++)
        {
            idle.Add(await server.ConnectAsync());
            await idle[i].SendAsync(i % 2 == 0 ? "" : "POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        }

        await server.AssertUnharmedAsync();
        idle.ForEach(static connection => connection.Reset());
        await server.EndsWellAsync();
    }
}
