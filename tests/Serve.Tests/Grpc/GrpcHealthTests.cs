using System.Diagnostics;
using Google.Protobuf;
using Toolchain.Serve.Grpc;
using Toolchain.Serve.Grpc.Messages.Health;
using Toolchain.Serve.Tests.Support;
using static Toolchain.Serve.Grpc.Messages.Health.HealthCheckResponse.Types;

namespace Toolchain.Serve.Tests.Grpc;

/// <summary>gRPC's own health checks.</summary>
public sealed class GrpcHealthTests
{
    private const string Watch = "/grpc.health.v1.Health/Watch";

    [Fact]
    public async Task Each_service_is_checked_and_one_that_is_not_there_is_not_found()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        foreach (var service in new[] { "", GrpcMethods.Inference, GrpcMethods.Health, GrpcMethods.Reflection })
        {
            Assert.Equal(ServingStatus.Serving, (await CheckAsync(server, service)).Message<HealthCheckResponse>().Status);
        }

        var unknown = await CheckAsync(server, "other");
        Assert.Equal((5, true), (unknown.Status, unknown.Error.Contains("'other'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Whoever_watches_is_told_of_every_change_without_asking()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        var state = (ServerState)server.Server.Application.Services.GetService(typeof(ServerState))!;
        using var watch = await WatchAsync(server, "");
        Assert.Equal(ServingStatus.Serving, (await watch.ReceiveAsync<HealthCheckResponse>())!.Status);

        for (var i = 0; i < 50; i++)
        {
            state.Leave();
            Assert.Equal(ServingStatus.NotServing, (await watch.ReceiveAsync<HealthCheckResponse>())!.Status);
            state.Serve();
            Assert.Equal(ServingStatus.Serving, (await watch.ReceiveAsync<HealthCheckResponse>())!.Status);
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.3")]
    public async Task A_server_that_stops_says_so_once_and_then_ends_the_watch(string leaveDelay)
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo(), ("LeaveDelay", leaveDelay));
        using var watch = await WatchAsync(server, GrpcMethods.Inference);
        Assert.Equal(ServingStatus.Serving, (await watch.ReceiveAsync<HealthCheckResponse>())!.Status);

        var stopping = server.Server.Application.StopAsync();

        Assert.Equal(ServingStatus.NotServing, (await watch.ReceiveAsync<HealthCheckResponse>())!.Status);
        Assert.Null(await watch.ReceiveAsync<HealthCheckResponse>());
        Assert.Equal(14, watch.Status);
        await stopping;
    }

    [Fact]
    public async Task A_service_that_is_not_there_can_be_watched_and_a_client_that_has_enough_may_go()
    {
        await using var server = await GrpcServer.StartAsync("echo", TestModels.Echo());
        using (var watch = await WatchAsync(server, "other"))
        {
            Assert.Equal(ServingStatus.ServiceUnknown, (await watch.ReceiveAsync<HealthCheckResponse>())!.Status);
        }

        var started = Stopwatch.GetTimestamp();
        await server.Server.Application.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    private static Task<GrpcReply> CheckAsync(GrpcServer server, string service) =>
        server.Client.SendAsync("/grpc.health.v1.Health/Check", GrpcClient.Frame(new HealthCheckRequest { Service = service }.ToByteArray()));

    private static async Task<GrpcStream> WatchAsync(GrpcServer server, string service)
    {
        var watch = await server.Client.OpenAsync(Watch);
        await watch.SendAsync(new HealthCheckRequest { Service = service });
        watch.Complete();
        return watch;
    }
}
