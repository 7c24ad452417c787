using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Data;
using Toolchain.Serve.Http;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

public sealed class OverloadTests
{
    [Fact]
    public async Task Beyond_the_queue_limit_requests_get_503_and_when_to_come_back()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueSize", "4"), ("MaxBatchSize", "2"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => server.PostJsonAsync("/v2/models/slow/infer", Bodies.Json("input", [1, 4], [i, i, i, i]))));

        var refused = answers.Where(a => a.Status == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.Equal(("Exceeds maximum queue size", "1"), (answer.Error, answer.Headers["Retry-After"])));
        var served = answers.Index().Where(a => a.Item.Status == HttpStatusCode.OK).ToList();
        Assert.NotEmpty(served);
        Assert.Equal(60, refused.Count + served.Count);
        Assert.All(served, a => Assert.Equal(a.Index, a.Item.Output("logits")[0]));
        Assert.Equal(HttpStatusCode.OK, (await server.PostJsonAsync("/v2/models/slow/infer", Bodies.Json("input", [1, 4], [1, 2, 3, 4]))).Status);
    }

    [Fact]
    public async Task Bodies_in_memory_are_limited_and_all_memory_comes_back()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueBytes", "4000000"));
        var budget = server.Application.Services.GetRequiredService<ByteBudget>();
        var padding = $",\"id\":\"{new string('x', 1_000_000)}\"";

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => server.PostJsonAsync("/v2/models/slow/infer", Bodies.Json("input", [1, 4], [i, i, i, i], padding))));

        Assert.Contains(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Contains(answers, a => a.Status == HttpStatusCode.ServiceUnavailable && a.Error == "Exceeds maximum queue size");
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task Who_goes_away_while_waiting_is_not_run()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 60));
        await using var server = await RunningServer.StartAsync(registry, ("MaxBatchSize", "1"), ("Logging:LogLevel:Toolchain", "Debug"));
        using var log = RecordedLog.Of(server);
        using var leaving = new CancellationTokenSource();
        var batcher = ((Serve.Models.ServedModel)server.Application.Models.All[0]).Batcher;

        var staying = Enumerable.Range(0, 3).Select(i => server.PostJsonAsync("/v2/models/slow/infer", Bodies.Json("input", [1, 4], [i, 0, 0, 0]))).ToList();
        var gone = Enumerable.Range(0, 40).Select(i => server.SendAsync(
            new(HttpMethod.Post, "/v2/models/slow/infer") { Content = new StringContent(Bodies.Json("input", [1, 4], [i, 9, 9, 9])) }, leaving.Token)).ToList();
        await Eventually.Async(() => batcher.Waiting >= 20);

        await leaving.CancelAsync();
        await Task.WhenAny(Task.WhenAll(gone));
        Assert.Contains(gone, request => request.IsCanceled);
        Assert.All(await Task.WhenAll(staying), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await Eventually.Async(() => batcher.Waiting == 0);

        Assert.True(log.Events(2003).Count < 43, $"{log.Events(2003).Count} runs for 3 requests that were wanted and 40 that were given up");
        Assert.Equal(HttpStatusCode.OK, (await server.PostJsonAsync("/v2/models/slow/infer", Bodies.Json("input", [1, 4], [1, 2, 3, 4]))).Status);
    }

    [Fact]
    public async Task A_request_whose_time_is_over_gets_503_and_does_not_run()
    {
        using var registry = new TestRegistry();
        registry.Publish("slow", TestModels.Slow(layers: 60));
        await using var server = await RunningServer.StartAsync(registry, ("MaxBatchSize", "1"));

        var patient = Enumerable.Range(0, 4).Select(i => server.PostJsonAsync("/v2/models/slow/infer", Bodies.Json("input", [1, 4], [i, 0, 0, 0]))).ToList();
        var hasty = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => server.PostJsonAsync(
            "/v2/models/slow/infer", Bodies.Json("input", [1, 4], [i, 0, 0, 0], ",\"parameters\":{\"timeout\":1}"))));

        Assert.Contains(hasty, answer => answer.Status == HttpStatusCode.ServiceUnavailable && answer.Error == "Request timeout expired");
        Assert.All(await Task.WhenAll(patient), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task Decoding_many_images_at_once_keeps_every_answer_with_its_image()
    {
        using var registry = new TestRegistry();
        var version = registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("MaxQueueSize", "1000"));
        var pixels = Enumerable.Range(0, 20).Select(i => Images.Noise(28, 28, 1, i)).ToList();
        var expected = TestRegistry.RunDirectly(version, Toolchain.Graphs.TensorData.Of<byte>(pixels.SelectMany(p => p).ToArray(), 20, 28, 28, 1))["probabilities"].Values<float>().ToArray();

        await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
        {
            var answer = await server.PostBytesAsync("/v1/models/fashion/classify?top=1", ImageEncoder.Png(pixels[i % 20], 28, 28, 1), "image/png");
            Assert.Equal(expected.AsSpan(i % 20 * 10, 10).ToArray().Max(), answer.Json.GetProperty("predictions")[0].GetProperty("probability").GetSingle(), 1e-5);
        }));
    }
}
