using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests.Grpc;

public sealed class GrpcStreamTests
{
    private const string Stream = "/inference.GRPCInferenceService/ModelStreamInfer";

    [Fact]
    public async Task Responses_come_in_the_order_of_the_requests_whatever_becomes_of_each()
    {
        await using var server = await GrpcServer.StartAsync(static registry =>
        {
            registry.Publish("echo", TestModels.Echo());
            registry.Publish("slow", TestModels.Slow());
        });
        using var stream = await server.Client.OpenAsync(Stream);

        for (var i = 0; i < 200; i++)
        {
            var request = Requests.Rows(i, 2, 3, 4);
            (request.Id, request.ModelName) = ($"r{i}", i % 10 == 0 ? "slow" : i % 7 == 0 ? "missing" : "echo");
            request.Parameters["triton_enable_empty_final_response"] = new() { BoolParam = true };
            await stream.SendAsync(request);
        }

        stream.Complete();
        for (var i = 0; i < 200; i++)
        {
            var response = (await stream.ReceiveAsync<ModelStreamInferResponse>())!;
            Assert.Equal($"r{i}", response.InferResponse.Id);
            if (i % 7 == 0 && i % 10 != 0)
            {
                Assert.Equal("Request for unknown model: 'missing' is not found", response.ErrorMessage);
                continue;
            }

            Assert.Equal("", response.ErrorMessage);
            Assert.Equal([i, 2, 3, 4], response.InferResponse.Values());
            Assert.True(response.InferResponse.Parameters["triton_final_response"].BoolParam);
        }

        Assert.Null(await stream.ReceiveAsync<ModelStreamInferResponse>());
        Assert.Equal(0, stream.Status);
        Assert.Equal(0, server.Server.Application.Services.GetRequiredService<ByteBudget>().Used);
    }

    [Fact]
    public async Task Each_request_is_answered_at_once_while_the_stream_stays_open()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        using var stream = await server.Client.OpenAsync(Stream);

        foreach (var value in new[] { 1f, 2, 3 })
        {
            await stream.SendAsync(Requests.Rows(value, 0, 0, 0));
            Assert.Equal([value, 0, 0, 0], (await stream.ReceiveAsync<ModelStreamInferResponse>())!.InferResponse.Values());
        }

        await stream.SendAsync(GrpcClient.Frame([10, 100, 1]));
        Assert.Contains("100 bytes are announced", (await stream.ReceiveAsync<ModelStreamInferResponse>())!.ErrorMessage, StringComparison.Ordinal);
        await stream.SendAsync(Requests.Rows(4, 0, 0, 0));
        Assert.Equal(4, (await stream.ReceiveAsync<ModelStreamInferResponse>())!.InferResponse.Values()[0]);
    }

    [Fact]
    public async Task A_stream_whose_frames_are_broken_ends_after_what_came_before()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        using var stream = await server.Client.OpenAsync(Stream);

        await stream.SendAsync([.. GrpcClient.Frame(Requests.Rows(1, 2, 3, 4).ToByteArray()), 9, 0, 0, 0, 1, 0]);

        Assert.Equal((float[])[1, 2, 3, 4], (await stream.ReceiveAsync<ModelStreamInferResponse>())!.InferResponse.Values());
        Assert.Null(await stream.ReceiveAsync<ModelStreamInferResponse>());
        Assert.Equal(13, stream.Status);
    }

    [Fact]
    public async Task A_server_that_stops_answers_what_it_accepted_and_ends_its_streams()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        using var stream = await server.Client.OpenAsync(Stream);
        await stream.SendAsync(Requests.Rows(1, 2, 3, 4));
        Assert.NotNull(await stream.ReceiveAsync<ModelStreamInferResponse>());

        var stopping = server.Server.Application.StopAsync();

        try
        {
            Assert.Null(await stream.ReceiveAsync<ModelStreamInferResponse>());
            Assert.Equal(14, stream.Status);
        }
        catch (HttpProtocolException closed) when (closed.ErrorCode == 0)
        {
            // NO_ERROR: the connection ended in order, before this client, whose side of the stream was open, had looked at the stream's end.
        }

        await stopping;
    }

    [Fact]
    public async Task A_stream_that_announces_much_and_sends_little_takes_little_memory()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo(), ("MaxQueueBytes", "1000000"));
        var streams = new List<GrpcStream>();
        for (var i = 0; i < 8; i++)
        {
            streams.Add(await server.Client.OpenAsync(Stream));
            await streams[i].SendAsync(Requests.Rows(i, 2, 3, 4));
            Assert.NotNull(await streams[i].ReceiveAsync<ModelStreamInferResponse>());
            await streams[i].SendAsync([0, 0, 15, 0, 0, 1]);
        }

        Assert.Equal(7, (await server.Client.GetAsync<ModelInferResponse>("ModelInfer", Requests.Rows(7, 2, 3, 4))).Values()[0]);
        Assert.InRange(server.Server.Application.Services.GetRequiredService<ByteBudget>().Used, 0, 8 * 65536);
        streams.ForEach(static stream => stream.Dispose());
    }

    [Fact]
    public async Task A_server_that_stops_while_clients_leave_their_streams_has_nothing_to_complain_of()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        using var log = RecordedLog.Of(server.Server);
        var streams = new List<GrpcStream>();
        for (var i = 0; i < 64; i++)
        {
            streams.Add(await server.Client.OpenAsync(Stream));
            await streams[i].SendAsync(Requests.Rows(i, 2, 3, 4));
            Assert.NotNull(await streams[i].ReceiveAsync<ModelStreamInferResponse>());
            await streams[i].SendAsync([0, 0, 15, 0, 0, 1]);
        }

        streams.ForEach(static stream => stream.Dispose());
        await server.Server.Application.StopAsync();

        Assert.DoesNotContain(log.Texts, static text => text.Contains("An error occurred stopping the application", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_leaves_a_stream_leaves_nothing_in_the_queue()
    {
        await using var server = await GrpcServer.StartAsync("slow", TestModels.Slow(layers: 60), ("MaxBatchSize", "1"), ("Logging:LogLevel:Toolchain", "Debug"));
        using var log = RecordedLog.Of(server.Server);
        var batcher = server.Server.Application.Models.All.OfType<ServedModel>().Single().Batcher;
        using (var client = new GrpcClient(server.Server.Application.GrpcUrl!))
        {
            using var stream = await client.OpenAsync(Stream);
            var request = Requests.Rows(1, 2, 3, 4);
            request.ModelName = "slow";
            for (var i = 0; i < 40; i++)
            {
                await stream.SendAsync(request);
            }

            await Eventually.Async(() => batcher.Waiting >= 20);
        }

        await Eventually.Async(() => batcher.Waiting == 0);
        await Eventually.Async(() => server.Server.Application.Services.GetRequiredService<ByteBudget>().Used == 0);
        Assert.True(log.Events(2003).Count < 40, $"{log.Events(2003).Count} runs for 40 requests that were given up");
    }
}
