using System.Net;
using System.Net.Sockets;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>The time before a server is ready: it says so, refuses work, and then has nothing left to warm up.</summary>
public sealed class ColdStartCases
{
    [Fact]
    public async Task Until_its_models_are_warm_it_is_alive_and_not_ready()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 30));
        var socket = Path.Combine(registry.Folder, "socket");
        await using var process = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", $"http://unix:{socket}");
        using var client = Through(socket);
        var (cold, infer) = (0, new StringContent(Bodies.Json("input", [1, 4], [1, 2, 3, 4])));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            try
            {
                using var ready = await client.GetAsync("/v2/health/ready");
                if (ready.StatusCode == HttpStatusCode.OK)
                {
                    break;
                }

                Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
                Assert.Equal("1", ready.Headers.GetValues("Retry-After").Single());
                using var live = await client.GetAsync("/v2/health/live");
                Assert.Equal(HttpStatusCode.OK, live.StatusCode);
                using var work = await client.PostAsync("/v2/models/slow/infer", infer);
                Assert.Contains(work.StatusCode, (HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK]);
                cold++;
            }
            catch (HttpRequestException notYet) when (notYet.InnerException is SocketException)
            {
                await Task.Yield();
            }
        }

        Assert.True(cold > 0, "It was ready before anyone could look.");
        using var warm = await client.PostAsync("/v2/models/slow/infer", infer);
        Assert.Equal(HttpStatusCode.OK, warm.StatusCode);
        process.Signal("TERM");
        Assert.Equal(0, (await process.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task No_batch_size_is_slower_when_it_comes_first()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await HardServer.StartAsync(registry, "--max-batch-size", "16");

        // What a first run of a shape costs, compiling or planning, is many times what a run costs.
        var (first, again) = (new List<double>(), new List<double>());
        foreach (var times in new[] { first, again })
        {
            for (var rows = 1; rows <= 16; rows++)
            {
                var before = await server.MetricAsync("nv_inference_compute_infer_duration_us");
                var json = $$$"""{"inputs":[{"name":"pixels","shape":[{{{rows}}},28,28,1],"datatype":"UINT8","parameters":{"binary_data_size":{{{rows * 784}}}}}]}""";
                var (body, length) = Bodies.Binary(json, new byte[rows * 784]);
                Assert.Equal(HttpStatusCode.OK, (await server.Client.PostBytesAsync("/v2/models/fashion/infer", body, length)).Status);
                times.Add(await server.MetricAsync("nv_inference_compute_infer_duration_us") - before);
            }
        }

        Assert.True(Median(first) < 10_000 + (5 * Median(again)), $"{Median(first)} µs, and {Median(again)} µs again");
        await server.EndsWellAsync();

        static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
    }

    private static HttpClient Through(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new("http://socket"),
    };
}
