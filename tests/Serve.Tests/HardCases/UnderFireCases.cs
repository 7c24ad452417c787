using Toolchain.Data;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Thousands of clients at once, in every protocol: each gets exactly its own rows.</summary>
public sealed class UnderFireCases
{
    private static readonly int Clients = Rounds.Of("FIRE_CLIENTS", 2000);

    [Fact]
    public async Task Every_client_gets_exactly_its_own_rows_in_every_protocol()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        var fashion = registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels);
        var pixels = Enumerable.Range(0, 32).Select(static i => Images.Noise(28, 28, 1, i)).ToArray();
        var probabilities = TestRegistry.RunDirectly(fashion, Graphs.TensorData.Of<byte>(pixels.SelectMany(static p => p).ToArray(), 32, 28, 28, 1))["probabilities"].Values<float>().ToArray();
        var pngs = pixels.Select(static p => ImageEncoder.Png(p, 28, 28, 1)).ToArray();
        await using var server = await HardServer.StartAsync(registry, "--max-queue-size", "100000", "--grpc-url", "http://127.0.0.1:0");
        using var calls = new InferenceCalls(server.Grpc!);
        Func<int, Task>[] protocols = [JsonAsync, BinaryAsync, BothAsync, RawAsync, ImageAsync, GrpcAsync];

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => protocols[client % protocols.Length](client)));

        Assert.Equal(0, await server.MetricAsync("nv_inference_request_failure"));
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();

        async Task JsonAsync(int client)
        {
            var tags = Tags(client);
            Assert.Equal(tags, (await server.Client.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [tags.Length / 4, 4], tags))).Output("logits"));
        }

        async Task BinaryAsync(int client)
        {
            var tags = Tags(client);
            var (body, length) = Bodies.Binary(Described(tags, ""), Bodies.Raw(tags));
            Assert.Equal(tags, (await server.Client.PostBytesAsync("/v2/models/echo/infer", body, length)).Output("logits"));
        }

        async Task BothAsync(int client)
        {
            var tags = Tags(client);
            var (body, length) = Bodies.Binary(Described(tags, ",\"parameters\":{\"binary_data_output\":true}"), Bodies.Raw(tags));
            var answer = await server.Client.PostBytesAsync("/v2/models/echo/versions/1/infer", body, length);
            Assert.Equal(Bodies.Raw(tags), answer.Body[^(tags.Length * 4)..]);
        }

        async Task RawAsync(int client)
        {
            var answer = await server.Client.PostBytesAsync("/v2/models/fashion/infer", pixels[client % 32], jsonLength: 0);
            var json = int.Parse(answer.Headers["Inference-Header-Content-Length"], System.Globalization.CultureInfo.InvariantCulture);
            AssertClose(client, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(answer.Body.AsSpan(json, 40)).ToArray());
        }

        async Task ImageAsync(int client)
        {
            var answer = await server.Client.PostBytesAsync("/v1/models/fashion/classify?top=10", pngs[client % 32]);
            AssertClose(client, [.. answer.Json.GetProperty("predictions").EnumerateArray().OrderBy(static p => p.GetProperty("index").GetInt32()).Select(static p => p.GetProperty("probability").GetSingle())]);
        }

        async Task GrpcAsync(int client)
        {
            var tags = Tags(client);
            Assert.Equal(tags, await calls.EchoAsync(client % 4 < 2 ? InferenceCalls.EchoRequest(tags) : InferenceCalls.TypedRequest(tags)));
        }

        // Rows of a batch are computed with the others, and may differ in the last digits.
        void AssertClose(int client, float[] found) => Assert.All(found.Zip(probabilities[(client % 32 * 10)..]), static pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    private static float[] Tags(int client) => [.. Enumerable.Range(0, 4 * (1 + (client % 7))).Select(value => (client * 100f) + value)];

    private static string Described(float[] tags, string extra) =>
        $$$"""{"inputs":[{"name":"input","shape":[{{{tags.Length / 4}}},4],"datatype":"FP32","parameters":{"binary_data_size":{{{tags.Length * 4}}}}}]{{{extra}}}}""";
}
