using System.Collections.Frozen;
using Google.Protobuf;
using Toolchain.Serve.Grpc.Services;

namespace Toolchain.Serve.Grpc;

/// <summary>Answers one call.</summary>
/// <returns>How it ended.</returns>
internal delegate ValueTask<GrpcStatus> GrpcMethod(GrpcCall call);

/// <summary>The one table of methods, by path.</summary>
internal sealed class GrpcMethods
{
    /// <summary>The service of the Open Inference Protocol.</summary>
    public const string Inference = "inference.GRPCInferenceService";

    /// <summary>gRPC's service of health checks.</summary>
    public const string Health = "grpc.health.v1.Health";

    /// <summary>gRPC's server reflection.</summary>
    public const string Reflection = "grpc.reflection.v1.ServerReflection";

    /// <summary>The services, for messages.</summary>
    public const string Services = $"{Inference}, {Health} and {Reflection}";

    // The name that most clients still ask for; its messages are the same.
    private const string ReflectionAlpha = "grpc.reflection.v1alpha.ServerReflection";

    // The protocol has them, and this server does not: shared memory with clients, and switching logs and traces from afar.
    private static readonly string[] Refused =
    [
        "SystemSharedMemoryStatus", "SystemSharedMemoryRegister", "SystemSharedMemoryUnregister", "CudaSharedMemoryStatus", "CudaSharedMemoryRegister",
        "CudaSharedMemoryUnregister", "TraceSetting", "LogSettings",
    ];

    private readonly FrozenDictionary<string, GrpcMethod> _byPath;

    /// <summary>All methods.</summary>
    public GrpcMethods(HealthMethods health, ReflectionMethods reflection, ModelMethods models, RepositoryMethods repository, InferMethods infer, InferStreams streams)
    {
        var methods = new Dictionary<string, GrpcMethod>
        {
            [Path(Inference, "ModelInfer")] = infer.InferAsync,
            [Path(Inference, "ModelStreamInfer")] = streams.RunAsync,
            [Path(Inference, "ServerLive")] = Unary(Messages.ServerLiveRequest.Parser, HealthMethods.Live),
            [Path(Inference, "ServerReady")] = Unary(Messages.ServerReadyRequest.Parser, health.Ready),
            [Path(Inference, "ServerMetadata")] = Unary(Messages.ServerMetadataRequest.Parser, HealthMethods.Metadata),
            [Path(Inference, "ModelReady")] = Unary(Messages.ModelReadyRequest.Parser, models.Ready),
            [Path(Inference, "ModelMetadata")] = Unary(Messages.ModelMetadataRequest.Parser, models.Metadata),
            [Path(Inference, "ModelConfig")] = Unary(Messages.ModelConfigRequest.Parser, models.Config),
            [Path(Inference, "ModelStatistics")] = Unary(Messages.ModelStatisticsRequest.Parser, models.Statistics),
            [Path(Inference, "RepositoryIndex")] = Unary(Messages.RepositoryIndexRequest.Parser, repository.Index),
            [Path(Inference, "RepositoryModelLoad")] = UnaryAsync(Messages.RepositoryModelLoadRequest.Parser, repository.LoadAsync),
            [Path(Inference, "RepositoryModelUnload")] = UnaryAsync(Messages.RepositoryModelUnloadRequest.Parser, repository.UnloadAsync),
            [Path(Health, "Check")] = Unary(Messages.Health.HealthCheckRequest.Parser, health.Check),
            [Path(Health, "Watch")] = health.WatchAsync,
            [Path(Reflection, "ServerReflectionInfo")] = reflection.RunAsync,
            [Path(ReflectionAlpha, "ServerReflectionInfo")] = reflection.RunAsync,
        };
        foreach (var name in Refused)
        {
            methods[Path(Inference, name)] = _ => ValueTask.FromResult(new GrpcStatus(GrpcCode.Unimplemented, $"{name} is not supported by this server."));
        }

        _byPath = methods.ToFrozenDictionary();
    }

    /// <summary>The paths of all methods.</summary>
    public IReadOnlyCollection<string> Paths => _byPath.Keys;

    /// <summary>The method at a path; one that refuses when there is none.</summary>
    public GrpcMethod Find(string path) => _byPath.GetValueOrDefault(path) ?? (_ => ValueTask.FromResult(new GrpcStatus(
        GrpcCode.Unimplemented, $"There is no method {path}. Services: {Services}.")));

    private static string Path(string service, string method) => $"/{service}/{method}";

    private static GrpcMethod Unary<TRequest, TResponse>(MessageParser<TRequest> parser, Func<TRequest, TResponse> answer)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage => UnaryAsync(parser, (request, _) => Task.FromResult(answer(request)));

    private static GrpcMethod UnaryAsync<TRequest, TResponse>(MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<TResponse>> answer)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage => async call =>
        {
            TRequest request;
            using (var message = await call.Messages.ReadOnlyAsync().ConfigureAwait(false))
            {
                request = parser.ParseFrom(message.Span);
            }

            await call.WriteAsync(await answer(request, call.Cancelled).ConfigureAwait(false)).ConfigureAwait(false);
            return GrpcStatus.Ok;
        };
}
