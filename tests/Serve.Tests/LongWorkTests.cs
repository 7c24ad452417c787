using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Toolchain.Data;
using Toolchain.Serve.Grpc.Messages;
using Toolchain.Serve.Http;
using Toolchain.Serve.Tests.Grpc;
using Toolchain.Serve.Tests.Support;

namespace Toolchain.Serve.Tests;

/// <summary>What takes long runs on threads of its own, and what is short never waits for them.</summary>
public sealed class LongWorkTests
{
    // Enough numbers for JSON that is long.
    private const int Wide = 10_000;

    [Fact]
    public async Task What_follows_runs_on_one_of_so_many_threads_of_its_own()
    {
        using var work = new LongWork(new() { DecodeThreads = 3 });
        var threads = new ConcurrentDictionary<(int, string?, bool), bool>();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            await Task.Yield();
            await work.Enter();
            threads[(Environment.CurrentManagedThreadId, Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread)] = true;
        }));

        Assert.InRange(threads.Count, 1, 3);
        Assert.All(threads.Keys, static thread => Assert.Equal(("long work", false), (thread.Item2, thread.Item3)));
    }

    [Fact]
    public async Task On_one_of_the_threads_there_is_no_way_to_go()
    {
        using var work = new LongWork(new() { DecodeThreads = 2 });
        await work.Enter();
        var here = Environment.CurrentManagedThreadId;
        for (var i = 0; i < 10; i++)
        {
            await work.Enter();
            Assert.Equal(here, Environment.CurrentManagedThreadId);
        }
    }

    [Fact]
    public async Task The_threads_of_another_server_are_not_its_own()
    {
        using var work = new LongWork(new() { DecodeThreads = 1 });
        using var other = new LongWork(new() { DecodeThreads = 1 });
        await other.Enter();
        var there = Environment.CurrentManagedThreadId;
        await work.Enter();
        Assert.NotEqual(there, Environment.CurrentManagedThreadId);
    }

    [Fact]
    public async Task The_way_back_leads_to_the_pool()
    {
        using var work = new LongWork(new() { DecodeThreads = 1 });
        await work.Enter();
        await LongWork.Leave();
        Assert.True(Thread.CurrentThread.IsThreadPoolThread);
        Assert.True(LongWork.Leave().IsCompleted);
    }

    [Fact]
    public async Task A_request_that_follows_a_long_one_on_its_connection_does_not_keep_its_thread()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        await using var server = await RunningServer.StartAsync(registry, ("Logging:LogLevel:Microsoft.AspNetCore.Routing", "Information"));
        using var log = RecordedLog.Of(server);
        using var connection = await RawConnection.OpenAsync(server.Url);
        var body = Codings.Compress("gzip", new byte[784]);

        // Both are there when the first is answered.
        await connection.SendAsync((byte[])[
            .. RawConnection.Post("/v2/models/fashion/infer", body, "Content-Encoding: gzip", "Inference-Header-Content-Length: 0"), .. RawConnection.Head("GET /v2/health/live HTTP/1.1")]);

        Assert.Equal(HttpStatusCode.OK, (await connection.ReadAnswerAsync()).Status);
        Assert.Equal(HttpStatusCode.OK, (await connection.ReadAnswerAsync()).Status);
        Assert.NotEqual("long work", Assert.Single(log.ThreadsOf("Executing endpoint 'HTTP: GET /v2/health/live")));
    }

    [Fact]
    public async Task Work_waits_in_line_and_is_done_even_when_the_threads_end_after_it()
    {
        using var release = new ManualResetEventSlim();
        var order = new List<int>();
        List<Task> waiting;
        using (var work = new LongWork(new() { DecodeThreads = 1 }))
        {
            waiting = [OccupyAsync(work, release), .. Enumerable.Range(0, 20).Select(async i =>
            {
                await work.Enter();
                order.Add(i);
            })];
            Assert.Empty(order);
        }

        release.Set();
        await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    [Fact]
    public async Task Short_requests_are_answered_while_all_threads_for_long_ones_are_busy()
    {
        using var registry = new TestRegistry();
        registry.Publish("fashion", TestModels.Classifier());
        registry.Publish("wide", TestModels.Echo(Wide));
        TaskTests.PublishSegmentation(registry);
        await using var server = await RunningServer.StartAsync(registry, ("DecodeThreads", "1"));
        using var release = new ManualResetEventSlim();
        var occupied = OccupyAsync(server.Application.Services.GetRequiredService<LongWork>(), release);
        var (pixels, values) = (Images.Noise(28, 28, 1, 1), Enumerable.Range(0, Wide).Select(static i => i + 0.015625f).ToArray());

        var image = server.PostBytesAsync("/v1/models/fashion/classify", ImageEncoder.Png(Images.Noise(100, 90, 3, 2), 100, 90, 3), "image/png");
        var longRequest = server.PostJsonAsync("/v2/models/wide/infer", Bodies.Json("input", [1, Wide], values, """, "outputs":[{"name":"logits","parameters":{"binary_data":true}}]"""));
        var (body, jsonLength) = Bodies.Binary($$$"""{"inputs":[{"name":"input","datatype":"FP32","shape":[1,{{{Wide}}}],"parameters":{"binary_data_size":{{{Wide * sizeof(float)}}}}}]}""", Bodies.Raw(values));
        var longAnswer = server.PostBytesAsync("/v2/models/wide/infer", body, jsonLength: jsonLength);
        var mask = server.PostBytesAsync("/v1/models/roads/segment", ImageEncoder.Png(Images.Noise(4, 4, 1, 3), 4, 4, 1), "image/png");
        var index = server.PostJsonAsync("/v2/repository/index", $$"""{"ready":true,"more":"{{new string('x', LongWork.Bytes)}}"}""");
        Task<Answer>[] longOnes = [image, longRequest, longAnswer, mask, index];

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/ready")).Status);
            Assert.Equal(HttpStatusCode.OK, (await server.PostBytesAsync("/v2/models/fashion/infer", pixels, jsonLength: 0)).Status);
            Assert.Equal(HttpStatusCode.OK, (await server.PostBytesAsync("/v1/models/fashion/classify", ImageEncoder.Png(pixels, 28, 28, 1), "image/png")).Status);
            Assert.Equal(HttpStatusCode.OK, (await server.PostJsonAsync("/v2/models/fashion/infer", Bodies.Json("pixels", [1, 28, 28, 1], pixels.Select(static p => (float)p)).Replace("FP32", "UINT8", StringComparison.Ordinal))).Status);
            Assert.All(longOnes, static request => Assert.False(request.IsCompleted));
        }

        release.Set();
        await occupied;
        Assert.All(await Task.WhenAll(longOnes), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(values, (await longAnswer).Output("logits"));
        Assert.Equal(Bodies.Raw(values), (await longRequest).Body[^(Wide * sizeof(float))..]);
    }

    [Fact]
    public async Task What_is_compressed_and_long_messages_are_read_and_long_answers_compressed_there_too()
    {
        await using var grpc = await GrpcServer.StartAsync(
            static registry =>
            {
                registry.Publish("echo", TestModels.Echo());
                registry.Publish("wide", TestModels.Echo(2 * Wide));
            },
            ("DecodeThreads", "1"));
        var server = grpc.Server;
        using var release = new ManualResetEventSlim();
        var occupied = OccupyAsync(server.Application.Services.GetRequiredService<LongWork>(), release);
        var values = Enumerable.Range(0, 2 * Wide).Select(static i => (float)i).ToArray();
        var wide = Requests.Raw("wide", ("input", "FP32", [1, 2 * Wide], Bodies.Raw(values)));

        var read = SendAsync("echo", Codings.Compress("gzip", Bodies.Raw(1f, 2f, 3f, 4f)), "Content-Encoding");
        var written = SendAsync("wide", Bodies.Raw(values), "Accept-Encoding");
        var message = grpc.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(Codings.Compress("gzip", Requests.Rows(1, 2, 3, 4).ToByteArray()), compressed: true), ("grpc-encoding", "gzip"));
        var typed = grpc.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(Requests.Typed("wide", "FP32", [1, 2 * Wide], new() { Fp32Contents = { values } }).ToByteArray()));
        var longMessage = grpc.Client.SendAsync(GrpcClient.Infer, GrpcClient.Frame(wide.ToByteArray()), ("grpc-encoding", "gzip"));
        Task[] longOnes = [read, written, message, typed, longMessage];

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync("echo", Bodies.Raw(1f, 2f, 3f, 4f), "Accept-Encoding")).Status);
            Assert.Equal(0, (await grpc.Client.CallAsync("ModelInfer", Requests.Rows(1, 2, 3, 4), ("grpc-encoding", "gzip"))).Status);
            Assert.Equal(0, (await grpc.Client.CallAsync("ModelInfer", wide)).Status);
            Assert.All(longOnes, static request => Assert.False(request.IsCompleted));
        }

        release.Set();
        await occupied;
        Assert.Equal(Bodies.Raw(1f, 2f, 3f, 4f), (await read).Body[^16..]);
        Assert.Equal(Bodies.Raw(values), Codings.Decompress("gzip", (await written).Body)[^(2 * Wide * sizeof(float))..]);
        Assert.Equal((0, 0), ((await message).Status, (await typed).Status));
        Assert.Equal(Bodies.Raw(values), ModelInferResponse.Parser.ParseFrom(Codings.Decompress("gzip", Assert.Single((await longMessage).Messages).Bytes)).RawOutputContents[0].ToByteArray());

        Task<Answer> SendAsync(string model, byte[] body, string header)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/models/{model}/infer") { Content = new ByteArrayContent(body), Headers = { { "Inference-Header-Content-Length", "0" } } };
            (header == "Content-Encoding" ? (HttpHeaders)request.Content.Headers : request.Headers).Add(header, "gzip");
            return server.SendAsync(request);
        }
    }

    private static async Task OccupyAsync(LongWork work, ManualResetEventSlim until)
    {
        await work.Enter();
        until.Wait();
    }
}
