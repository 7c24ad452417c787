using System.Diagnostics;
using System.Net;
using System.Text;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>The end of a server that has work: what it accepted is answered, and nothing keeps it for ever.</summary>
public sealed class ShutdownCases
{
    [Fact]
    public async Task Everything_that_was_accepted_is_answered_and_what_comes_later_is_sent_elsewhere()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 30));
        await using var server = await HardServer.StartAsync(registry, "--max-batch-size", "1");
        using var late = await server.ConnectAsync();
        Assert.Equal(HttpStatusCode.OK, (await late.AskAsync(RawConnection.Head("GET /v2/health/ready HTTP/1.1"))).Status);
        var accepted = Enumerable.Range(0, 20).Select(i => server.Client.InferAsync("slow", i)).ToList();
        while (await server.MetricAsync("nv_inference_pending_request_count") < 10)
        {
            await Task.Yield();
        }

        server.Signal("TERM");
        Answer ready;
        do
        {
            ready = await late.AskAsync(RawConnection.Head("GET /v2/health/ready HTTP/1.1"));
        }
        while (ready.Status == HttpStatusCode.OK);
        var refused = await late.AskAsync(RawConnection.Post("/v2/models/slow/infer", Encoding.UTF8.GetBytes(Bodies.Json("input", [1, 4], [1, 2, 3, 4]))));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (ready.Status, refused.Status));
        Assert.Contains("stopping", refused.Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await late.AskAsync(RawConnection.Head("GET /v2/health/live HTTP/1.1"))).Status);
        foreach (var (tag, answer) in (await Task.WhenAll(accepted)).Index())
        {
            Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable || answer.Output("logits")[0] == tag, answer.ToString());
        }

        Assert.True((await Task.WhenAll(accepted)).Count(static a => a.Status == HttpStatusCode.OK) >= 10);
        Assert.Equal(0, (await server.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task Bodies_that_never_come_keep_it_no_longer_than_the_drain_timeout()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--drain-timeout", "0.5");
        using var unfinished = await server.ConnectAsync();
        await unfinished.AskAsync(RawConnection.Head("POST /v2/models/echo/infer HTTP/1.1", "Content-Length: 100", "Expect: 100-continue"));
        var started = Stopwatch.GetTimestamp();

        server.Signal("TERM");

        var (exitCode, log) = await server.ExitAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("1 requests were not finished within 0.5 s", log, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--drain-timeout", "3600");
        using var unfinished = await server.ConnectAsync();
        await unfinished.AskAsync(RawConnection.Head("POST /v2/models/echo/infer HTTP/1.1", "Content-Length: 100", "Expect: 100-continue"));
        using var witness = await server.ConnectAsync();

        server.Signal("TERM");
        while ((await witness.AskAsync(RawConnection.Head("GET /v2/health/ready HTTP/1.1"))).Status == HttpStatusCode.OK)
        {
            await Task.Yield();
        }

        server.Signal("TERM");
        Assert.NotEqual(0, (await server.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task A_signal_while_models_are_loaded_ends_it_cleanly()
    {
        using var registry = new TestRegistry();
        registry.Publish("large", TestModels.Slow(layers: 40));
        var started = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", "http://127.0.0.1:0");
        await using (started)
        {
            started.Signal("TERM");

            // Before the program listens for signals the system's own answer to one holds.
            var (exitCode, error) = await started.ExitAsync();
            Assert.Contains(exitCode, (int[])[0, 130, 143]);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }
}
