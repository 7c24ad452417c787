using System.Net;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Batching;

public sealed class ServedBatchingTests
{
    [Fact]
    public async Task A_request_larger_than_a_batch_is_answered_as_one()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("MaxBatchSize", "8"), ("Instances", "2"));
        var values = Enumerable.Range(0, 31 * 4).Select(static i => (float)i).ToArray();
        var answer = await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [31, 4], values, ",\"parameters\":{\"explain\":true}"));
        Assert.Equal(values, answer.Output("logits"));
        Assert.Equal((8, "full"), (answer.Json.GetProperty("parameters").GetProperty("batch_size").GetInt32(), answer.Json.GetProperty("parameters").GetProperty("batch_closed_by").GetString()));
    }

    [Fact]
    public async Task A_model_whose_runs_hang_is_unavailable_and_the_others_are_served()
    {
        using var registry = new TestRegistry();
        registry.Publish("long", TestModels.Long(width: 1024));
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("MaxBatchSize", "1"), ("RunTimeout", "0.002"));
        var hanging = Bodies.Json("input", [1, 1], [1]);

        var first = await server.PostJsonAsync("/v2/models/long/infer", hanging);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, first.Status);
        Assert.StartsWith("Model long:1 is unavailable. A run of 1 rows did not end within 0.002 s.", first.Error, StringComparison.Ordinal);
        var next = await server.PostJsonAsync("/v2/models/long/infer", hanging);
        Assert.Equal((first.Status, first.Error), (next.Status, next.Error));

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/live")).Status);
        Assert.Equal((float[])[1f, 2f, 3f, 4f], (await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [1, 4], [1, 2, 3, 4]))).Output("logits"));
        var card = (await server.GetAsync("/v1/models/long")).Json;
        Assert.Equal((false, first.Error), (card.GetProperty("ready").GetBoolean(), card.GetProperty("problem").GetString()));
    }

    [Fact]
    public async Task The_card_says_how_a_model_runs_and_why()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "auto"), ("Logging:LogLevel:Toolchain", "Information"));
        var batcher = server.Application.Models.Loaded.Single().Batcher;
        Assert.True(batcher.Plan.Tuned);
        Assert.Contains(batcher.Plan.Reason, (await server.GetAsync("/v1/models/echo")).Json.ToString(), StringComparison.Ordinal);
    }
}
