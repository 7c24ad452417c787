using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Registry;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Features;

/// <summary>What a server says of itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Extensions">The protocol's extensions that it has.</param>
internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>Whether the process answers.</summary>
internal sealed record ServerLive(bool Live);

/// <summary>Whether requests are accepted.</summary>
internal sealed record ServerReady(bool Ready);

/// <summary>Open Inference Protocol v2: server metadata and health.</summary>
internal static class HealthEndpoints
{
    /// <summary>What the server says of itself; the extensions are Triton's, in Triton's order.</summary>
    internal static readonly ServerMetadata Metadata = new(
        "toolchain-serve",
        ToolSpec.Current.Version,
        ["classification", "model_repository", "schedule_policy", "model_configuration", "binary_tensor_data", "parameters", "statistics"]);

    /// <summary>Maps <c>/v2</c>, <c>/v2/health/live</c> and <c>/v2/health/ready</c>.</summary>
    public static RouteGroupBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v2").WithTags("Server");
        group.MapGet("", GetServer).WithName("getServer").WithSummary("Name, version and extensions of the server.");
        group.MapGet("health/live", GetLive).WithName("getLive").WithSummary("Whether the process answers.");
        group.MapGet("health/ready", GetReady).WithName("getReady").WithSummary("Whether requests are accepted: the models are loaded, and the server is not about to end.").ProducesErrors(503);
        return group;
    }

    private static Ok<ServerMetadata> GetServer() => TypedResults.Ok(Metadata);

    private static Ok<ServerLive> GetLive() => TypedResults.Ok(new ServerLive(true));

    private static Results<Ok<ServerReady>, NotReadyResult> GetReady(ServerState state) => state.Phase switch
    {
        ServerPhase.Serving => TypedResults.Ok(new ServerReady(true)),
        ServerPhase.Starting => new NotReadyResult(ErrorResult.Starting),
        ServerPhase.Leaving or ServerPhase.Stopping => new NotReadyResult(ErrorResult.Stopping),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state.Phase, "Unknown phase."),
    };
}

/// <summary>The response of a server that is not ready: what the protocol says, and why, as every failure does.</summary>
internal sealed class NotReadyResult(ErrorResult reason) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        reason.Prepare(httpContext.Response);
        return ResponseBody.WriteJsonAsync(httpContext, reason, static (writer, reason) =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ready"u8, false);
            writer.WriteString("error"u8, reason.Message);
            writer.WriteEndObject();
        });
    }
}
