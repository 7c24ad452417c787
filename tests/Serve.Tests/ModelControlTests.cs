using System.Net;
using System.Text.Json;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>What servers say of how models run and what they did, and the repository over HTTP.</summary>
public sealed class ModelControlTests
{
    [Theory]
    [InlineData("/v2/models/fashion/config")]
    [InlineData("/v2/models/fashion/versions/1/config")]
    [InlineData("/v2/models/fashion@production/config")]
    public async Task The_configuration_has_what_load_tools_read(string path)
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Registry.SetAlias("fashion", "production", 1);
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"), ("MaxQueueDelay", "2"), ("QueueTimeout", "1500"), ("PreferredBatchSize", "8"));

        var config = (await server.GetAsync(path)).Json;

        Assert.Equal(("fashion", "onnxruntime_onnx", "onnxruntime", 128), (config.GetProperty("name").GetString(), config.GetProperty("platform").GetString(), config.GetProperty("backend").GetString(), config.GetProperty("max_batch_size").GetInt32()));
        Assert.Equal(
            """[{"name":"pixels","data_type":"TYPE_UINT8","dims":[28,28,1],"format":"FORMAT_NONE","is_shape_tensor":false,"allow_ragged_batch":false,"optional":false}]""", config.GetProperty("input").GetRawText());
        Assert.Equal("""{"name":"probabilities","data_type":"TYPE_FP32","dims":[10],"label_filename":"","is_shape_tensor":false}""", config.GetProperty("output")[0].GetRawText());
        Assert.Equal("KIND_CPU", config.GetProperty("instance_group")[0].GetProperty("kind").GetString());
        var batching = config.GetProperty("dynamic_batching");
        Assert.Equal((2000, 8, 1_500_000, 256), (
            batching.GetProperty("max_queue_delay_microseconds").GetInt32(),
            batching.GetProperty("preferred_batch_size")[0].GetInt32(),
            batching.GetProperty("default_queue_policy").GetProperty("default_timeout_microseconds").GetInt32(),
            batching.GetProperty("default_queue_policy").GetProperty("max_queue_size").GetInt32()));
        Assert.Equal("32", config.GetProperty("parameters").GetProperty("max_batch_rows").GetProperty("string_value").GetString());
        Assert.NotEmpty(config.GetProperty("parameters").GetProperty("plan").GetProperty("string_value").GetString()!);
    }

    [Fact]
    public async Task Statistics_count_rows_runs_and_failures()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        registry.Publish("idle", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"));
        foreach (var rows in new[] { 1, 1, 3 })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [rows, 4], Enumerable.Repeat(1f, 4 * rows)))).Status);
        }

        await server.PostJsonAsync("/v2/models/echo/infer", "nonsense");

        var counts = Assert.Single((await server.GetAsync("/v2/models/echo/stats")).Json.GetProperty("model_stats").EnumerateArray());
        Assert.Equal(("echo", "1", 5, 3), (counts.GetProperty("name").GetString(), counts.GetProperty("version").GetString(), counts.GetProperty("inference_count").GetInt32(), counts.GetProperty("execution_count").GetInt32()));
        Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds(counts.GetProperty("last_inference").GetInt64()), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        var requests = counts.GetProperty("inference_stats");
        Assert.Equal((3, 1), (Count(requests, "success"), Count(requests, "fail")));
        foreach (var part in new[] { "queue", "compute_input", "compute_infer", "compute_output" })
        {
            Assert.Equal(3, Count(requests, part));
            Assert.InRange(requests.GetProperty(part).GetProperty("ns").GetInt64(), 0, requests.GetProperty("success").GetProperty("ns").GetInt64());
        }

        Assert.Equal([(1, 2), (3, 1)], counts.GetProperty("batch_stats").EnumerateArray().Select(static b => (b.GetProperty("batch_size").GetInt32(), Count(b, "compute_infer"))));
        Assert.Equal((0, "{}", "[]"), (Count(requests, "cache_hit"), counts.GetProperty("response_stats").GetRawText(), counts.GetProperty("memory_usage").GetRawText()));
        Assert.Equal(["echo", "idle"], (await server.GetAsync("/v2/models/stats")).Json.GetProperty("model_stats").EnumerateArray().Select(static m => m.GetProperty("name").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/v2/models/other/stats")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/echo/versions/1/stats")).Status);
    }

    [Fact]
    public async Task Clients_load_and_unload_models_where_the_server_lets_them()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"), ("ModelControl", "explicit"), ("Model:0", "echo"));
        registry.Publish("other", TestModels.Echo());

        Assert.Equal(HttpStatusCode.OK, (await server.PostJsonAsync("/v2/repository/models/other/load", "")).Status);
        Assert.Equal("""[{"name":"echo","version":"1","state":"READY","reason":""},{"name":"other","version":"1","state":"READY","reason":""}]""", (await server.PostJsonAsync("/v2/repository/index", "")).Text);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/other/ready")).Status);

        Assert.Equal(HttpStatusCode.OK, (await server.PostJsonAsync("/v2/repository/models/other/unload", """{"parameters":{"unload_dependents":false}}""")).Status);
        Assert.NotEqual(HttpStatusCode.OK, (await server.GetAsync("/v2/models/other/ready")).Status);
        Assert.Equal("""[{"name":"echo","version":"1","state":"READY","reason":""}]""", (await server.PostJsonAsync("/v2/repository/index", """{"ready":true}""")).Text);
        Assert.Contains("other", (await server.PostJsonAsync("/v2/repository/index", """{"ready":false}""")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models/unknown/load", "", 404, "unknown")]
    [InlineData("models/unknown/unload", "", 404, "unknown")]
    [InlineData("models/..%2fecho/load", "", 400, "is not allowed")]
    [InlineData("models/echo/load", """{"parameters":{"config":"{}"}}""", 501, "Parameter 'config' is not supported")]
    [InlineData("models/echo/load", """{"parameters":{"file:1/model.onnx":"AAAA"}}""", 501, "Parameter 'file:1/model.onnx' is not supported")]
    [InlineData("other/models/echo/load", "", 501, "'repository_name' specification is not supported: 'other'")]
    [InlineData("other/models/echo/unload", "{", 501, "'repository_name' specification is not supported: 'other'")]
    [InlineData("other/index", "", 501, "'repository_name' specification is not supported: 'other'")]
    [InlineData("other/models/echo/reload", "", 404, "There is nothing at POST")]
    [InlineData("models/echo/load", "[]", 400, "The body is not JSON as the protocol has it")]
    [InlineData("index", "{", 400, "The body is not JSON as the protocol has it")]
    public async Task A_change_that_cannot_be_made_is_refused_with_a_reason(string path, string body, int status, string message)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"), ("ModelControl", "explicit"), ("Model:0", "echo"));

        var answer = await server.PostJsonAsync($"/v2/repository/{path}", body);

        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_are_told_what_is_wrong_with_a_model_and_not_where_the_registry_is()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        registry.Publish("broken", TestModels.Echo());
        await File.WriteAllTextAsync(Path.Combine(registry.Folder, "broken", "1", "manifest.json"), "{");
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"), ("ModelControl", "explicit"), ("Model:0", "echo"), ("Model:1", "broken"));

        var unknown = await server.PostJsonAsync("/v2/repository/models/unknown/load", "");
        Assert.Equal((HttpStatusCode.NotFound, "Cannot find model 'unknown' in the registry. There is no model of that name. It has: broken, echo."), (unknown.Status, unknown.Error));
        foreach (var answer in new[]
        {
            await server.PostJsonAsync("/v2/repository/models/broken/load", ""),
            await server.PostJsonAsync("/v2/repository/index", ""),
            await server.GetAsync("/v1/models"),
            await server.PostJsonAsync("/v2/models/broken/infer", ""),
        })
        {
            Assert.DoesNotContain(registry.Folder, answer.Text, StringComparison.Ordinal);
            Assert.Contains("broken", answer.Text, StringComparison.Ordinal);
        }

        Assert.Contains("Cannot read manifest 'broken/1/manifest.json'", (await server.PostJsonAsync("/v2/repository/models/broken/load", "")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("unload")]
    public async Task Unless_it_was_started_so_a_server_lets_nobody_change_its_models(string change)
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"));

        var answer = await server.PostJsonAsync($"/v2/repository/models/echo/{change}", "");

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("--model-control explicit", answer.Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/echo/ready")).Status);
    }

    [Fact]
    public async Task A_request_can_ask_why_its_batch_was_what_it_was()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var server = await RunningServer.StartAsync(registry, ("Tune", "off"));

        var silent = await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [2, 4], Enumerable.Repeat(1f, 8)));
        var answer = await server.PostJsonAsync("/v2/models/echo/infer", Bodies.Json("input", [2, 4], Enumerable.Repeat(1f, 8), ""","parameters":{"explain":true}"""));

        Assert.False(silent.Json.TryGetProperty("parameters", out _));
        var why = answer.Json.GetProperty("parameters");
        Assert.Equal((2, 1, "idle", 0), (why.GetProperty("batch_size").GetInt32(), why.GetProperty("batch_requests").GetInt32(), why.GetProperty("batch_closed_by").GetString(), why.GetProperty("instance").GetInt32()));
        Assert.True(why.GetProperty("queue_us").GetInt64() >= 0 && why.GetProperty("infer_us").GetInt64() >= 0);
    }

    private static int Count(JsonElement parent, string name) => parent.GetProperty(name).GetProperty("count").GetInt32();
}
