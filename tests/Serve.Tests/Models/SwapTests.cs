using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Serve.Models;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Models;

/// <summary>Versions that take each other's place again and again; <c>SERVE_SWAPS=1000</c> makes them as many as a server sees in months.</summary>
public sealed class SwapTests : IDisposable
{
    private const int Clients = 2;
    private static readonly int Swaps = Rounds.Of("SERVE_SWAPS", 6);
    private static readonly byte[] Image = Images.Noise(28, 28, 1, 1);
    private readonly TestRegistry _registry = new();

    [Fact]
    public async Task Swaps_under_load_fail_no_request_and_mix_no_versions()
    {
        var expected = ((int[])[1, 2]).Select(seed => TestRegistry.RunDirectly(
            _registry.Publish("fashion", TestModels.Classifier(seed: seed)), Graphs.TensorData.Of<byte>(Image, 1, 28, 28, 1))["probabilities"].Values<float>().ToArray()).ToArray();
        _registry.Registry.SetAlias("fashion", "production", 1);
        await using var server = await RunningServer.StartAsync(_registry, ("Model:0", "fashion@production"), ("PollInterval", "0.05"));
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => AskAsync(server, expected, stop.Token))).ToList();

        for (var swap = 0; swap < Swaps; swap++)
        {
            var version = 2 - (swap % 2);
            _registry.Registry.SetAlias("fashion", "production", version);
            await Eventually.Async(async () => (await server.GetAsync("/v1/models/fashion@production")).Json.GetProperty("version").GetInt32() == version);
        }

        await stop.CancelAsync();
        var seen = await Task.WhenAll(clients);
        Assert.All(seen, versions => Assert.Equal([1, 2], versions));
        await Eventually.Async(() => Control(server).Index().All(static m => m.Status != ModelStatus.Unloading));
        Assert.Single(server.Application.Models.Loaded);
    }

    [Fact]
    public async Task A_request_that_is_under_way_is_answered_by_the_version_that_it_began_with()
    {
        _registry.Publish("slow", TestModels.Slow(layers: 40));
        _registry.Registry.SetAlias("slow", "production", 1);
        await using var server = await RunningServer.StartAsync(_registry, ("Model:0", "slow@production"), ("MaxBatchSize", "1"), ("Watch", "off"));
        var first = (ServedModel)server.Application.Models.All[0];
        var asked = Enumerable.Range(0, 20).Select(i => server.PostJsonAsync("/v2/models/slow@production/infer", Bodies.Json("input", [1, 4], [i, i, i, i]))).ToList();
        await Eventually.Async(() => first.Batcher.Waiting > 5);
        _registry.Publish("slow", TestModels.Echo());
        _registry.Registry.SetAlias("slow", "production", 2);

        await Control(server).RefreshAsync(CancellationToken.None);
        var later = await server.PostJsonAsync("/v2/models/slow@production/infer", Bodies.Json("input", [1, 4], [7, 7, 7, 7]));

        Assert.Equal("2", later.Json.GetProperty("model_version").GetString());
        foreach (var (i, answer) in (await Task.WhenAll(asked)).Index())
        {
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal("1", answer.Json.GetProperty("model_version").GetString());
            Assert.Equal(i, answer.Output("logits")[0], 1e-3);
        }
    }

    public void Dispose() => _registry.Dispose();

    private static ModelControl Control(RunningServer server) => server.Application.Services.GetRequiredService<ModelControl>();

    private static async Task<IEnumerable<int>> AskAsync(RunningServer server, float[][] expected, CancellationToken stop)
    {
        var seen = new SortedSet<int>();
        while (!stop.IsCancellationRequested || seen.Count == 0)
        {
            var answer = await server.PostBytesAsync("/v2/models/fashion@production/infer", Image, jsonLength: 0);
            Assert.True(answer.Status == HttpStatusCode.OK, answer.ToString());
            var length = int.Parse(answer.Headers["Inference-Header-Content-Length"], CultureInfo.InvariantCulture);
            var version = int.Parse(JsonDocument.Parse(answer.Body.AsMemory(0, length)).RootElement.GetProperty("model_version").GetString()!, CultureInfo.InvariantCulture);
            var probabilities = MemoryMarshal.Cast<byte, float>(answer.Body.AsSpan(length, sizeof(float) * 10)).ToArray();
            Assert.All(expected[version - 1].Zip(probabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            seen.Add(version);
        }

        return seen;
    }
}
