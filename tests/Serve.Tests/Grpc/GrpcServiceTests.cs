using Google.Protobuf;
using Toolchain.Registry;
using Toolchain.Serve.Features;
using Toolchain.Serve.Grpc;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Grpc.Messages.Health;
using Toolchain.Serve.Grpc.Messages.Reflection;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Grpc;

public sealed class GrpcServiceTests
{
    [Fact]
    public async Task Every_method_of_the_protocol_s_files_is_there()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        var methods = server.Server.Application.Services.GetService(typeof(GrpcMethods)) as GrpcMethods;

        foreach (var method in InferenceReflection.Descriptor.Services.Concat(HealthReflection.Descriptor.Services).Concat(ReflectionReflection.Descriptor.Services).SelectMany(static s => s.Methods))
        {
            Assert.Contains($"/{method.Service.FullName}/{method.Name}", methods!.Paths);
        }
    }

    [Fact]
    public async Task The_server_is_live_ready_and_says_what_it_is()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());

        Assert.True((await server.Client.GetAsync<ServerLiveResponse>("ServerLive", new ServerLiveRequest())).Live);
        Assert.True((await server.Client.GetAsync<ServerReadyResponse>("ServerReady", new ServerReadyRequest())).Ready);
        var metadata = await server.Client.GetAsync<ServerMetadataResponse>("ServerMetadata", new ServerMetadataRequest());
        var http = (await server.Server.GetAsync("/v2")).Json;
        Assert.Equal(("toolchain-serve", ToolSpec.Current.Version), (metadata.Name, metadata.Version));
        Assert.Equal(http.GetProperty("extensions").EnumerateArray().Select(static e => e.GetString()!), metadata.Extensions);
    }

    [Fact]
    public async Task Models_are_described_as_over_http()
    {
        await using var server = await GrpcServer.StartAsync(static registry => registry.Publish("fashion", TestModels.Classifier(), TestRegistry.TenLabels));

        var metadata = await server.Client.GetAsync<ModelMetadataResponse>("ModelMetadata", new ModelMetadataRequest { Name = "fashion" });
        var http = (await server.Server.GetAsync("/v2/models/fashion")).Json;

        Assert.Equal(("fashion", "1", ModelEndpoints.Platform), (metadata.Name, metadata.Versions.Single(), metadata.Platform));
        Assert.Equal("pixels UINT8 -1,28,28,1", Describe(metadata.Inputs.Single()));
        Assert.Equal(http.GetProperty("outputs").EnumerateArray().Select(static o => o.GetProperty("name").GetString()), metadata.Outputs.Select(static o => o.Name));
        Assert.True((await server.Client.GetAsync<ModelReadyResponse>("ModelReady", new ModelReadyRequest { Name = "fashion", Version = "1" })).Ready);
        Assert.False((await server.Client.GetAsync<ModelReadyResponse>("ModelReady", new ModelReadyRequest { Name = "fashion", Version = "2" })).Ready);
        Assert.False((await server.Client.GetAsync<ModelReadyResponse>("ModelReady", new ModelReadyRequest { Name = "other" })).Ready);
        Assert.Equal(5, (await server.Client.CallAsync("ModelMetadata", new ModelMetadataRequest { Name = "other" })).Status);
    }

    [Fact]
    public async Task A_model_s_configuration_has_sizes_without_the_batch_and_the_queue_s_limits()
    {
        await using var server = await GrpcServer.StartAsync("fashion", TestModels.Classifier(), ("MaxBatchSize", "8"), ("MaxQueueSize", "9"), ("MaxQueueDelay", "2"), ("QueueTimeout", "500"));

        var config = (await server.Client.GetAsync<ModelConfigResponse>("ModelConfig", new ModelConfigRequest { Name = "fashion" })).Config;

        Assert.Equal(("fashion", "onnxruntime_onnx", "onnxruntime", 32), (config.Name, config.Platform, config.Backend, config.MaxBatchSize));
        Assert.Equal(("pixels", DataType.TypeUint8, "28,28,1"), (config.Input.Single().Name, config.Input.Single().DataType, string.Join(',', config.Input.Single().Dims)));
        Assert.All(config.Output, static output => Assert.Equal((DataType.TypeFp32, "10"), (output.DataType, string.Join(',', output.Dims))));
        Assert.Equal(ModelInstanceGroup.Types.Kind.Cpu, config.InstanceGroup.Single().Kind);
        Assert.Equal((2000UL, 500_000UL, 9U), (config.DynamicBatching.MaxQueueDelayMicroseconds, config.DynamicBatching.DefaultQueuePolicy.DefaultTimeoutMicroseconds, config.DynamicBatching.DefaultQueuePolicy.MaxQueueSize));
    }

    [Fact]
    public async Task Statistics_count_rows_runs_and_failures_of_grpc_calls()
    {
        await using var server = await GrpcServer.StartAsync(static registry =>
        {
            registry.Publish("echo", TestModels.Echo());
            registry.Publish("other", TestModels.Echo());
        });
        await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Rows(1, 2, 3, 4, 5, 6, 7, 8));
        await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Rows(1, 2, 3, 4));
        var wrong = Requests.Rows(1, 2, 3, 4);
        wrong.Inputs[0].Name = "wrong";
        Assert.Equal(3, (await server.Client.CallAsync("ModelInfer", wrong)).Status);

        var echo = (await server.Client.GetAsync<ModelStatisticsResponse>("ModelStatistics", new ModelStatisticsRequest { Name = "echo" })).ModelStats.Single();
        var all = await server.Client.GetAsync<ModelStatisticsResponse>("ModelStatistics", new ModelStatisticsRequest());

        Assert.Equal(("echo", "1", 3UL, 2UL), (echo.Name, echo.Version, echo.InferenceCount, echo.ExecutionCount));
        Assert.Equal((2UL, 1UL, 2UL), (echo.InferenceStats.Success.Count, echo.InferenceStats.Fail.Count, echo.InferenceStats.ComputeInfer.Count));
        Assert.Equal([(1UL, 1UL), (2UL, 1UL)], echo.BatchStats.Select(static b => (b.BatchSize, b.ComputeInfer.Count)));
        Assert.True(echo.InferenceStats.Success.Ns > echo.InferenceStats.ComputeInfer.Ns);
        Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds((long)echo.LastInference), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal(["echo", "other"], all.ModelStats.Select(static m => m.Name));
        Assert.Equal(5, (await server.Client.CallAsync("ModelStatistics", new ModelStatisticsRequest { Name = "echo", Version = "9" })).Status);
    }

    [Fact]
    public async Task Loading_and_unloading_is_off_unless_it_is_switched_on()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());

        Assert.Equal("echo 1 READY", Describe((await server.Client.GetAsync<RepositoryIndexResponse>("RepositoryIndex", new RepositoryIndexRequest())).Models.Single()));
        var load = await server.Client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "echo" });
        var unload = await server.Client.CallAsync("RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "echo" });
        Assert.All([load, unload], static reply => Assert.Equal((7, true), (reply.Status, reply.Error.Contains("--model-control explicit", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Models_are_loaded_and_unloaded_as_tritons_and_as_kserves_clients_ask()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo(), ("ModelControl", "explicit"));

        var unloaded = await server.Client.GetAsync<RepositoryModelUnloadResponse>("RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "echo", Parameters = { ["unload_dependents"] = new() { BoolParam = false } } });
        Assert.Equal(new RepositoryModelUnloadResponse(), unloaded);
        Assert.Equal(5, (await server.Client.CallAsync("ModelInfer", Requests.Rows(1, 2, 3, 4))).Status);
        Assert.Empty((await server.Client.GetAsync<RepositoryIndexResponse>("RepositoryIndex", new RepositoryIndexRequest { Ready = true })).Models);

        var loaded = await server.Client.GetAsync<RepositoryModelLoadResponse>("RepositoryModelLoad", new RepositoryModelLoadRequest { RepositoryName = "echo" });
        Assert.Equal(("echo", true), (loaded.ModelName, loaded.IsLoaded));
        await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Rows(1, 2, 3, 4));

        Assert.Equal(5, (await server.Client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "missing" })).Status);
        Assert.Equal(12, (await server.Client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest { RepositoryName = "other", ModelName = "echo" })).Status);
        Assert.Equal(12, (await server.Client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "echo", Parameters = { ["config"] = new() { StringParam = "{}" } } })).Status);
        Assert.Equal(12, (await server.Client.CallAsync("RepositoryIndex", new RepositoryIndexRequest { RepositoryName = "other" })).Status);
        Assert.Equal(3, (await server.Client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest())).Status);
    }

    [Fact]
    public async Task The_program_says_where_it_listens_for_each_protocol()
    {
        using var registry = new TestRegistry();
        registry.Publish("echo", TestModels.Echo());
        await using var process = ServeProcess.Start(registry.Folder, "--models", registry.Folder, "--urls", "http://127.0.0.1:0", "--grpc-url", "http://127.0.0.1:0");
        await process.ListeningAsync();
        using var client = new GrpcClient((await process.GrpcListeningAsync()).ToString());

        Assert.Equal((float[])[5, 6, 7, 8], (await client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Rows(5, 6, 7, 8))).Values());
        process.Signal("TERM");
        Assert.Equal(0, (await process.ExitAsync()).ExitCode);
    }

    private static string Describe(ModelMetadataResponse.Types.TensorMetadata tensor) => $"{tensor.Name} {tensor.Datatype} {string.Join(',', tensor.Shape)}";

    private static string Describe(RepositoryIndexResponse.Types.ModelIndex model) => $"{model.Name} {model.Version} {model.State}";
}
