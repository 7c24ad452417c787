using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Grpc;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Grpc;

public sealed class GrpcDeadlineTests
{
    [Theory]
    [InlineData("2H", 7200)]
    [InlineData("3M", 180)]
    [InlineData("4S", 4)]
    [InlineData("500m", 0.5)]
    [InlineData("250u", 0.00025)]
    [InlineData("100n", 0.0000001)]
    [InlineData("99999999H", 86400)]
    public void A_timeout_has_any_of_six_units(string header, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), GrpcTimeout.Parse(header));

    [Fact]
    public async Task A_request_whose_deadline_passes_in_the_queue_is_not_run()
    {
        await using var server = await GrpcServer.StartAsync("slow", TestModels.Slow(layers: 60), ("MaxBatchSize", "1"), ("Logging:LogLevel:Toolchain", "Debug"));
        using var log = RecordedLog.Of(server.Server);
        var batcher = QueueOf(server);
        var staying = Enumerable.Range(0, 8).Select(_ => server.Client.CallAsync("ModelInfer", Slow())).ToList();
        await Eventually.Async(() => batcher.Waiting >= 4);

        var hurried = Enumerable.Range(0, 8).Select(_ => server.Client.CallAsync("ModelInfer", Slow(), ("grpc-timeout", "100u"))).ToList();

        Assert.All(await Task.WhenAll(hurried), static reply => Assert.Equal((4, true), (reply.Status, reply.Error.Contains("grpc-timeout", StringComparison.Ordinal))));
        Assert.All(await Task.WhenAll(staying), static reply => Assert.Equal(0, reply.Status));
        Assert.Equal(8, log.Events(2003).Count);
    }

    [Fact]
    public async Task The_parameter_timeout_is_the_queue_s_and_its_refusal_triton_s()
    {
        await using var server = await GrpcServer.StartAsync("slow", TestModels.Slow(layers: 60), ("MaxBatchSize", "1"));
        var batcher = QueueOf(server);
        var staying = Enumerable.Range(0, 8).Select(_ => server.Client.CallAsync("ModelInfer", Slow())).ToList();
        await Eventually.Async(() => batcher.Waiting >= 4);
        var hurried = Slow();
        hurried.Parameters["timeout"] = new() { Int64Param = 100 };

        var reply = await server.Client.CallAsync("ModelInfer", hurried, ("grpc-timeout", "60S"));

        Assert.Equal((14, "Request timeout expired"), (reply.Status, reply.Error));
        Assert.All(await Task.WhenAll(staying), static answered => Assert.Equal(0, answered.Status));
    }

    [Fact]
    public async Task A_long_deadline_does_not_outweigh_the_server_s_own_limit()
    {
        await using var server = await GrpcServer.StartAsync("slow", TestModels.Slow(layers: 60), ("MaxBatchSize", "1"), ("QueueTimeout", "1"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.Client.CallAsync("ModelInfer", Slow(), ("grpc-timeout", "60S"))));

        Assert.Contains(replies, static reply => reply is { Status: 14, Error: "Request timeout expired" });
        Assert.All(replies, static reply => Assert.Contains(reply.Status, (int[])[0, 14]));
    }

    [Fact]
    public async Task Beyond_the_queue_limit_calls_are_unavailable()
    {
        await using var server = await GrpcServer.StartAsync("slow", TestModels.Slow(), ("MaxQueueSize", "4"), ("MaxBatchSize", "2"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => server.Client.CallAsync("ModelInfer", Slow())));

        Assert.Contains(replies, static reply => reply is { Status: 14, Error: "Exceeds maximum queue size" });
        Assert.Contains(replies, static reply => reply.Status == 0);
        Assert.All(replies, static reply => Assert.Contains(reply.Status, (int[])[0, 14]));
    }

    [Fact]
    public async Task Who_cancels_while_waiting_is_not_run()
    {
        await using var server = await GrpcServer.StartAsync("slow", TestModels.Slow(layers: 60), ("MaxBatchSize", "1"), ("Logging:LogLevel:Toolchain", "Debug"));
        using var log = RecordedLog.Of(server.Server);
        using var leaving = new CancellationTokenSource();
        var batcher = QueueOf(server);
        var frame = GrpcClient.Frame(Slow().ToByteArray());

        var staying = Enumerable.Range(0, 3).Select(_ => server.Client.SendAsync(GrpcClient.Infer, frame)).ToList();
        var gone = Enumerable.Range(0, 40).Select(_ => server.Client.SendAsync(GrpcClient.Infer, frame, leaving.Token)).ToList();
        await Eventually.Async(() => batcher.Waiting >= 20);
        await leaving.CancelAsync();
        await Task.WhenAny(Task.WhenAll(gone));

        Assert.All(await Task.WhenAll(staying), static reply => Assert.Equal(0, reply.Status));
        await Eventually.Async(() => batcher.Waiting == 0);
        await Eventually.Async(() => server.Server.Application.Services.GetRequiredService<ByteBudget>().Used == 0);
        Assert.True(log.Events(2003).Count < 43, $"{log.Events(2003).Count} runs for 3 calls that were wanted and 40 that were given up");
    }

    private static Batcher QueueOf(GrpcServer server) => server.Server.Application.Models.All.OfType<ServedModel>().Single().Batcher;

    private static ModelInferRequest Slow()
    {
        var request = Requests.Rows(1, 2, 3, 4);
        request.ModelName = "slow";
        return request;
    }
}
