using Toolchain.Serve.Grpc.Services;

namespace Toolchain.Serve.Grpc;

/// <summary>What the methods need.</summary>
internal static class GrpcServices
{
    /// <summary>Adds the methods of gRPC.</summary>
    public static IServiceCollection AddGrpcMethods(this IServiceCollection services) => services
        .AddSingleton<GrpcFailures>()
        .AddSingleton<HealthMethods>()
        .AddSingleton<ReflectionMethods>()
        .AddSingleton<ModelMethods>()
        .AddSingleton<RepositoryMethods>()
        .AddSingleton<InferMethods>()
        .AddSingleton<InferStreams>()
        .AddSingleton<GrpcMethods>();
}
