using System.Diagnostics;
using System.Net;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Models that change under load, appear in halves, load slowly, and go.</summary>
public sealed class ComingAndGoingCases
{
    private static readonly string[] Watching = ["--watch", "on", "--poll-interval", "0.05"];

    // More of each is asked for by the environment.
    private static readonly int Swaps = Rounds.Of("SWAP_ROUNDS", 20);

    private static readonly int Loads = Rounds.Of("LOAD_ROUNDS", 5);

    [Fact]
    public async Task Swaps_under_load_lose_no_request_and_mix_no_versions()
    {
        using var registry = new TestRegistry();
        registry.Publish("constant", Constant(1));
        registry.Publish("constant", Constant(2));
        registry.Registry.SetAlias("constant", "production", 1);
        await using var server = await HardServer.StartAsync(registry, ["--model", "constant@production", .. Watching]);
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (!enough.IsCancellationRequested)
            {
                var answer = await server.Client.PostJsonAsync("/v2/models/constant/infer", Bodies.Json("input", [2, 1], [10, 20]));
                var version = answer.Json.GetProperty("model_version").GetString() == "1" ? 1 : 2;
                Assert.Equal([10 + version, 20 + version], answer.Output("logits"));
                count++;
            }

            return count;
        })).ToList();

        for (var swap = 0; swap < Swaps; swap++)
        {
            var next = 2 - (swap % 2);
            registry.Registry.SetAlias("constant", "production", next);
            while (await ServedAsync(server) != next)
            {
                Assert.DoesNotContain(clients, static c => c.IsFaulted);
                await Task.Yield();
            }
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(clients), static count => Assert.True(count > Swaps));
        Assert.Equal(0, await server.MetricAsync("nv_inference_request_failure"));
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task A_version_that_is_half_written_or_damaged_leaves_the_old_one_serving()
    {
        using var registry = new TestRegistry();
        registry.Publish("constant", Constant(1));
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, Watching);
        var folder = Path.Combine(registry.Folder, "constant");
        var model = File.ReadAllBytes(Path.Combine(folder, "1", "model.onnx"));

        // As a copy that is under way looks: first the file, half of it, then all of it without the manifest, then half a manifest.
        Directory.CreateDirectory(Path.Combine(folder, "2"));
        File.WriteAllBytes(Path.Combine(folder, "2", "model.onnx"), model[..(model.Length / 2)]);
        await StillServesAsync(server, 1);
        File.WriteAllBytes(Path.Combine(folder, "2", "model.onnx"), model);
        await StillServesAsync(server, 1);
        var manifest = File.ReadAllText(Path.Combine(folder, "1", "manifest.json")).Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "2", "manifest.json"), manifest[..(manifest.Length / 2)]);
        await StillServesAsync(server, 1);
        Directory.Delete(Path.Combine(folder, "2"), recursive: true);

        // Published, and then one byte of it changed.
        var damaged = registry.Publish("other", Constant(5));
        var bytes = File.ReadAllBytes(Path.Combine(damaged.Folder, "model.onnx"));
        bytes[bytes.Length / 2] ^= 0x40;
        File.WriteAllBytes(Path.Combine(damaged.Folder, "model.onnx"), bytes);
        Directory.Move(damaged.Folder, Path.Combine(folder, "2"));
        await StillServesAsync(server, 1);

        registry.Publish("constant", Constant(3));
        while (await ServedAsync(server) != 3)
        {
            await Task.Yield();
        }

        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Others_are_answered_while_a_large_model_is_loaded()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        registry.Publish("constant", Constant(1));
        await using var server = await HardServer.StartAsync(registry, Watching);
        await LatenciesAsync(server, TimeSpan.FromSeconds(0.3));
        registry.Publish("constant", TestModels.Slow(layers: 14, columns: 1));
        var (slowest, started) = (TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (await ServedAsync(server) != 2)
        {
            var latencies = await LatenciesAsync(server, TimeSpan.FromMilliseconds(50));
            slowest = latencies[^1] > slowest ? latencies[^1] : slowest;
        }

        // The benchmark has the figures; here only that nobody waits for the load.
        Assert.True(slowest < TimeSpan.FromSeconds(0.5) || slowest < Stopwatch.GetElapsedTime(started) / 2, $"{slowest} of {Stopwatch.GetElapsedTime(started)}");
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task Memory_threads_and_handles_come_back_when_models_go()
    {
        const long modelBytes = 33 << 20;
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        registry.Publish("heavy", TestModels.Slow(layers: 8));
        await using var server = await HardServer.StartAsync(registry, "--model-control", "explicit");
        for (var i = 0; i < 3; i++)
        {
            await CycleAsync(server);
        }

        var before = server.Usage;
        for (var i = 0; i < Loads; i++)
        {
            await CycleAsync(server);
        }

        // The last one may still be on its way out.
        await Eventually.Async(() => server.Usage.ResidentBytes < before.ResidentBytes + modelBytes);
        var after = server.Usage;
        Assert.InRange(after.Threads, 0, before.Threads + 6);
        Assert.InRange(after.Handles, 0, before.Handles + 6);
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    private static async Task CycleAsync(HardServer server)
    {
        Assert.Equal(HttpStatusCode.OK, (await server.Client.PostJsonAsync("/v2/repository/models/heavy/load", "{}")).Status);
        Assert.Equal((float[])[1, 1, 1, 1], (await server.Client.InferAsync("heavy", 1)).Output("logits"));
        Assert.Equal(HttpStatusCode.OK, (await server.Client.PostJsonAsync("/v2/repository/models/heavy/unload", "{}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.InferAsync("echo", 1)).Status);
        Assert.NotEqual(HttpStatusCode.OK, (await server.Client.InferAsync("heavy", 1)).Status);
    }

    private static async Task<int> ServedAsync(HardServer server)
    {
        var answer = await server.Client.PostJsonAsync("/v2/models/constant/infer", Bodies.Json("input", [1, 1], [0]));
        return int.Parse(answer.Json.GetProperty("model_version").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
    }

    // Long enough for a look at the registry or two: what it must not do then has no event to wait for.
    private static async Task StillServesAsync(HardServer server, int version)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(0.25))
        {
            Assert.Equal(version, await ServedAsync(server));
        }
    }

    private static async Task<List<TimeSpan>> LatenciesAsync(HardServer server, TimeSpan time)
    {
        var (latencies, started) = (new List<TimeSpan>(), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            var one = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.OK, (await server.Client.InferAsync("echo", 1)).Status);
            latencies.Add(Stopwatch.GetElapsedTime(one));
        }

        latencies.Sort();
        return latencies;
    }

    /// <summary>Adds a number to what it gets: <c>float32 [N, 1]</c>.</summary>
    private static Graph Constant(float number)
    {
        var net = new GraphBuilder("constant");
        net.Output("logits", net.Add(new Add(), [net.Input("input", ElementType.Float32, ["N", 1]), net.Constant("number", TensorData.Scalar(number))], "sum"));
        return net.Build();
    }
}
