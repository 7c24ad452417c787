using System.Globalization;
using System.Net;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>A runtime that fails, runs out of memory, or never comes back.</summary>
public sealed class RuntimeCases
{
    [Fact]
    public async Task A_request_on_which_the_model_fails_gets_500_and_its_neighbours_their_rows()
    {
        using var registry = new TestRegistry();
        registry.Publish("picky", TestModels.Picky());
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--max-queue-delay", "20");

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => server.Client.PostJsonAsync("/v2/models/picky/infer", Whole(i % 10 == 7 ? 1000 + i : i % 3, "index"))));

        foreach (var (i, answer) in answers.Index())
        {
            if (i % 10 == 7)
            {
                Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
                Assert.Contains("Model picky:1 failed", answer.Error, StringComparison.Ordinal);
                Assert.Contains((1000 + i).ToString(CultureInfo.InvariantCulture), answer.Error, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal([i % 3 * 10, (i % 3 * 10) + 1], answer.Output("logits"));
            }
        }

        Assert.Equal(6, await server.MetricAsync("nv_inference_request_failure", "model=\"picky\"", "reason=\"BACKEND\""));
        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Theory]
    [InlineData(1L << 40)]
    [InlineData(long.MaxValue)]
    public async Task A_run_that_asks_for_more_memory_than_there_is_fails_alone(long numbers)
    {
        using var registry = new TestRegistry();
        registry.Publish("hungry", HardModels.Hungry());
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => server.Client.PostJsonAsync("/v2/models/hungry/infer", Whole(i % 4 == 3 ? numbers : i))));

        foreach (var (i, answer) in answers.Index())
        {
            Assert.Equal(i % 4 == 3 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, answer.Status);
            Assert.True(i % 4 == 3 ? answer.Error.Length is > 10 and < 2000 : answer.Output("logits")[0] == i, answer.ToString());
        }

        await server.AssertUnharmedAsync();
        await server.EndsWellAsync();
    }

    [Fact]
    public async Task A_run_that_never_ends_is_given_up_and_the_other_models_go_on()
    {
        using var registry = new TestRegistry();
        registry.Publish("endless", HardModels.Endless());
        registry.Publish("echo", TestModels.Echo());
        await using var server = await HardServer.StartAsync(registry, "--run-timeout", "1", "--drain-timeout", "2");
        Assert.Equal((float[])[3], (await server.Client.PostJsonAsync("/v2/models/endless/infer", Whole(3))).Output("logits"));

        var hung = server.Client.PostJsonAsync("/v2/models/endless/infer", Whole(1L << 50));
        var others = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => server.Client.InferAsync("echo", i)));

        Assert.All(others.Index(), static a => Assert.Equal(a.Index, a.Item.Output("logits")[0]));
        var answer = await hung;
        Assert.Contains((int)answer.Status, (int[])[500, 503]);
        Assert.InRange(answer.Error.Length, 10, 2000);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/v2/health/live")).Status);
        Assert.Equal((float[])[7, 7, 7, 7], (await server.Client.InferAsync("echo", 7)).Output("logits"));
        await server.EndsWellAsync();
    }

    private static string Whole(long value, string name = "input") => $$"""{"inputs":[{"name":"{{name}}","shape":[1,1],"datatype":"INT64","data":[{{value}}]}]}""";
}
