using System.Diagnostics;
using System.Net;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>More requests than the server can run: what is refused, when, and what it costs.</summary>
public sealed class OverloadCases
{
    private const string SlowInfer = "/v2/models/slow/infer";

    [Fact]
    public async Task Sustained_overload_is_refused_and_counted_and_what_is_accepted_is_answered()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow());
        await using var server = await HardServer.StartAsync(registry, "--max-queue-size", "8", "--max-batch-size", "4");
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => server.Client.InferAsync("slow", i)));
        var before = server.Usage;

        var answers = (await Task.WhenAll(Enumerable.Range(0, 64).Select(async client =>
        {
            var own = new List<(float Tag, Answer Answer)>();
            for (var i = 0; i < 12; i++)
            {
                var tag = (client * 100) + i;
                own.Add((tag, await server.Client.InferAsync("slow", tag)));
            }

            return own;
        }))).SelectMany(static own => own).ToList();

        var refused = answers.Where(static a => a.Answer.Status == HttpStatusCode.ServiceUnavailable).ToList();
        var served = answers.Where(static a => a.Answer.Status == HttpStatusCode.OK).ToList();
        Assert.Equal(answers.Count, refused.Count + served.Count);
        Assert.InRange(refused.Count, 1, answers.Count - 13);
        Assert.All(refused, static a => Assert.Equal(("Exceeds maximum queue size", "1"), (a.Answer.Error, a.Answer.Headers["Retry-After"])));
        Assert.All(served, static a => Assert.Equal([a.Tag, a.Tag, a.Tag, a.Tag], a.Answer.Output("logits")));
        Assert.True(await server.MetricAsync("nv_inference_request_failure", "reason=\"REJECTED\"") >= refused.Count);
        Assert.InRange(server.Usage.ResidentBytes, 0, before.ResidentBytes + (64 << 20));
        await server.AssertUnharmedAsync("slow");
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task A_full_queue_refuses_before_it_asks_for_the_body()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 30));
        await using var server = await HardServer.StartAsync(registry, "--max-queue-size", "2", "--max-batch-size", "1");
        using var enough = new CancellationTokenSource();
        var load = Enumerable.Range(0, 24).Select(async i =>
        {
            while (!enough.IsCancellationRequested)
            {
                await server.Client.InferAsync("slow", i);
            }
        }).ToList();

        // The queue is nearly always full; a place may be free for a moment.
        Answer answer;
        do
        {
            using var connection = await server.ConnectAsync();
            answer = await connection.AskAsync(RawConnection.Head($"POST {SlowInfer} HTTP/1.1", "Content-Length: 50000000", "Expect: 100-continue"));
        }
        while (answer.Status == HttpStatusCode.Continue);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Exceeds maximum queue size", "1"), (answer.Status, answer.Error, answer.Headers["Retry-After"]));
        await enough.CancelAsync();
        await Task.WhenAll(load);
        await server.AssertUnharmedAsync("slow");
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Bodies_that_are_only_announced_count_against_the_memory_for_bodies_until_they_are_given_up()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--max-queue-bytes", "40000000");
        var announcement = RawConnection.Head("POST /v2/models/echo/infer HTTP/1.1", "Content-Length: 15000000", "Expect: 100-continue");
        var (first, second) = (await server.ConnectAsync(), await server.ConnectAsync());

        Assert.Equal(HttpStatusCode.Continue, (await first.AskAsync(announcement)).Status);
        Assert.Equal(HttpStatusCode.Continue, (await second.AskAsync(announcement)).Status);
        var third = await server.AskAsync(announcement);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Exceeds maximum queue size"), (third.Status, third.Error));
        Assert.Equal((float[])[5, 5, 5, 5], (await server.Client.InferAsync("echo", 5)).Output("logits"));

        first.Reset();
        second.Dispose();
        while ((await server.AskAsync(announcement)).Status != HttpStatusCode.Continue)
        {
            await Task.Yield();
        }

        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Requests_that_expire_while_they_wait_get_503_and_are_never_run()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 30));
        await using var server = await HardServer.StartAsync(registry, "--max-batch-size", "1");
        var patient = Enumerable.Range(0, 6).Select(i => server.Client.InferAsync("slow", i)).ToList();
        await Task.WhenAny(patient);

        var hasty = await Task.WhenAll(Enumerable.Range(100, 10).Select(i => server.Client.InferAsync("slow", i, ",\"parameters\":{\"timeout\":1}")));

        Assert.All(await Task.WhenAll(patient), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var expired = hasty.Where(static a => a.Status == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.NotEmpty(expired);
        Assert.All(expired, static answer => Assert.Equal("Request timeout expired", answer.Error));
        Assert.Equal(16 - expired.Count, await server.MetricAsync("nv_inference_count", "model=\"slow\""));
        await server.AssertUnharmedAsync("slow");
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task While_everything_is_busy_health_and_other_models_are_still_answered()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 30));
        registry.Publish("echo", TestModels.Echo());
        registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        await using var server = await HardServer.StartAsync(registry, "--max-batch-size", "4");
        var picture = Toolchain.Data.ImageEncoder.Png(Images.Noise(1500, 1500, 3, 1), 1500, 1500, 3);
        var busy = Enumerable.Range(0, 40).Select(i => server.Client.InferAsync("slow", i)).Concat(Enumerable.Range(0, 20).Select(_ => server.Client.PostBytesAsync("/v1/models/fashion/classify", picture))).ToList();

        for (var i = 0; i < 20; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/v2/health/live")).Status);
            Assert.Equal(i, (await server.Client.InferAsync("echo", i)).Output("logits")[0]);
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        }

        Assert.All(await Task.WhenAll(busy), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Clients_that_break_off_while_they_wait_or_run_cost_nobody_else_anything()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 30));
        await using var server = await HardServer.StartAsync(registry, "--max-batch-size", "2", "--max-queue-size", "100");
        var started = Stopwatch.GetTimestamp();
        await server.Client.InferAsync("slow", 1);
        var gone = new List<RawConnection>();
        for (var i = 0; i < 40; i++)
        {
            gone.Add(await server.ConnectAsync());
            await gone[i].SendAsync(RawConnection.Post(SlowInfer, System.Text.Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [9, 9, 9, 9]))));
        }

        var staying = Enumerable.Range(0, 6).Select(i => server.Client.InferAsync("slow", i)).ToList();

        // Those that go away before they are read were never there.
        await Eventually.Async(async () => await server.MetricAsync("nv_inference_pending_request_count") > 0);
        gone.ForEach(static connection => connection.Reset());
        var answers = await Task.WhenAll(staying);

        Assert.All(answers.Index(), static a => Assert.Equal([a.Index, a.Index, a.Index, a.Index], a.Item.Output("logits")));
        await server.AssertUnharmedAsync("slow");
        var ran = await server.MetricAsync("nv_inference_count", "model=\"slow\"");
        Assert.InRange(ran, 8, 8 + 39);
        Assert.True(await server.MetricAsync("nv_inference_request_failure", "reason=\"CANCELED\"") > 0, $"{ran} rows in {Stopwatch.GetElapsedTime(started)}");
        await server.EndsWellAsync();
    }
}
