using Toolchain.Serve.Features;
using static Toolchain.Serve.Grpc.Messages.Health.HealthCheckResponse.Types;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>Whether the server lives and accepts requests, and what it is: for the inference protocol and for gRPC's health checks.</summary>
internal sealed class HealthMethods(ServerState state, IHostApplicationLifetime lifetime)
{
    private bool IsServing => state.Phase == ServerPhase.Serving;

    /// <summary><c>ServerLive</c>.</summary>
    public static Messages.ServerLiveResponse Live(Messages.ServerLiveRequest request) => new() { Live = true };

    /// <summary><c>ServerReady</c>.</summary>
    public Messages.ServerReadyResponse Ready(Messages.ServerReadyRequest request) => new() { Ready = IsServing };

    /// <summary><c>ServerMetadata</c>.</summary>
    public static Messages.ServerMetadataResponse Metadata(Messages.ServerMetadataRequest request) =>
        new() { Name = HealthEndpoints.Metadata.Name, Version = HealthEndpoints.Metadata.Version, Extensions = { HealthEndpoints.Metadata.Extensions } };

    /// <summary><c>Check</c>: the state of the server, or of one of its services.</summary>
    /// <exception cref="GrpcException">There is no such service.</exception>
    public Messages.Health.HealthCheckResponse Check(Messages.Health.HealthCheckRequest request) => StatusOf(request.Service) is not ServingStatus.ServiceUnknown and var status
        ? new() { Status = status }
        : throw new GrpcException(GrpcCode.NotFound, $"There is no service '{request.Service}'. Services: '', {GrpcMethods.Services}.");

    /// <summary><c>Watch</c>: the state now, and again as soon as it changes, until the client has enough or the server ends.</summary>
    public async ValueTask<GrpcStatus> WatchAsync(GrpcCall call)
    {
        string service;
        using (var message = await call.Messages.ReadOnlyAsync().ConfigureAwait(false))
        {
            service = Messages.Health.HealthCheckRequest.Parser.ParseFrom(message.Span).Service;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(call.Cancelled, lifetime.ApplicationStopping);
        var sent = ServingStatus.Unknown;
        while (true)
        {
            // Asked before the state is looked at: what changes in between is not missed, and what changed before the end is still said.
            var (isEnding, change) = (ending.IsCancellationRequested, state.PhaseEnd);
            if (StatusOf(service) is var status && status != sent)
            {
                await call.WriteAsync(new Messages.Health.HealthCheckResponse { Status = sent = status }).ConfigureAwait(false);
                await call.FlushAsync().ConfigureAwait(false);
            }

            if (isEnding)
            {
                return GrpcStatus.Stopping;
            }

            await change.WaitAsync(ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ServingStatus StatusOf(string service) => service switch
    {
        "" or GrpcMethods.Inference or GrpcMethods.Health or GrpcMethods.Reflection => IsServing ? ServingStatus.Serving : ServingStatus.NotServing,
        _ => ServingStatus.ServiceUnknown,
    };
}
