using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Toolchain.Data;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed partial class BatchingTests
{
    [Fact]
    public async Task Every_client_gets_exactly_its_own_rows()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueSize", "2000"));

        await Task.WhenAll(Enumerable.Range(0, 300).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                var rows = 1 + ((client + i) % 7);
                var tags = Enumerable.Range(0, rows * 4).Select(value => (float)((client * 1000) + (i * 50) + value)).ToArray();
                Answer answer;
                if (client % 2 == 0)
                {
                    answer = await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [rows, 4], tags));
                }
                else
                {
                    var (body, length) = Bodies.Binary($$$"""{"inputs":[{"name":"input","shape":[{{{rows}}},4],"datatype":"FP32","parameters":{"binary_data_size":{{{rows * 16}}}}}]}""", Bodies.Raw(tags));
                    answer = await server.PostBytesAsync("/v2/models/echo/infer", body, jsonLength: length);
                }

                Assert.Equal(tags, answer.Output("logits"));
            }
        })));
    }

    [Fact]
    public async Task Batches_grow_while_the_session_is_busy()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow());
        await using var server = await RunningServer.StartAsync(registry, ("Logging:LogLevel:Toolchain", "Debug"));
        using var log = RecordedLog.Of(server);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => server.PostJsonAsync("/v2/models/slow/infer", Bodies.Json("input", [1, 4], [i, 0, 0, i]))));

        Assert.All(answers.Index(), a => Assert.Equal([a.Index, 0, 0, a.Index], a.Item.Output("logits")));
        var rows = log.Events(2003).Select(text => int.Parse(Rows().Match(text).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(64, rows.Sum());
        Assert.True(rows.Count < 48 && rows.Max() > 2, $"Batches: {string.Join(' ', rows)}");
        Assert.True(rows.Max() <= 32);
    }

    [Fact]
    public async Task A_lone_request_runs_at_once_and_alone()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry);
        var image = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);
        var queues = new List<double>();
        for (var i = 0; i < 21; i++)
        {
            var answer = await server.PostBytesAsync("/v1/models/fashion/classify", image, "image/png");
            Assert.Equal(1, answer.Json.GetProperty("batch_size").GetInt32());
            queues.Add(answer.Json.GetProperty("timings_ms").GetProperty("queue").GetDouble());
        }

        // The median, so that a machine that is busy otherwise does not matter.
        Assert.InRange(queues.Order().ElementAt(10), 0, 20);
    }

    [Fact]
    public async Task Only_an_explicit_delay_makes_a_request_wait_for_others()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueDelay", "250"), ("MaxBatchSize", "4"));
        var image = ImageEncoder.Png(Images.Noise(28, 28, 1, 1), 28, 28, 1);

        var alone = await server.PostBytesAsync("/v1/models/fashion/classify", image, "image/png");
        var started = Stopwatch.GetTimestamp();
        var full = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.PostBytesAsync("/v1/models/fashion/classify", image, "image/png")));

        Assert.True(alone.Json.GetProperty("timings_ms").GetProperty("queue").GetDouble() >= 250);
        Assert.Equal(1, alone.Json.GetProperty("batch_size").GetInt32());
        Assert.All(full, answer => Assert.Equal(4, answer.Json.GetProperty("batch_size").GetInt32()));
        Assert.All(full, answer => Assert.True(answer.Json.GetProperty("timings_ms").GetProperty("queue").GetDouble() < 250, "a full batch waits no longer"));
    }

    [Fact]
    public async Task A_broken_image_spoils_nothing_beside_it()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueDelay", "100"));
        var images = Enumerable.Range(0, 12).Select(i => ImageEncoder.Png(Images.Noise(28, 28, 1, i), 28, 28, 1)).ToList();
        var alone = new List<string>();
        foreach (var image in images)
        {
            alone.Add((await server.PostBytesAsync("/v1/models/fashion/classify", image)).Json.GetProperty("predictions")[0].GetProperty("label").GetString()!);
        }

        var answers = await Task.WhenAll(images.Select((image, i) => server.PostBytesAsync("/v1/models/fashion/classify", i % 3 == 1 ? image[..^40] : image)));

        foreach (var (i, answer) in answers.Index())
        {
            Assert.Equal(i % 3 == 1 ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.Status);
            if (i % 3 != 1)
            {
                Assert.Equal(alone[i], answer.Json.GetProperty("predictions")[0].GetProperty("label").GetString());
            }
        }
    }

    [GeneratedRegex(@"ran (\d+) rows")]
    private static partial Regex Rows();
}
