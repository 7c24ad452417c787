using Microsoft.AspNetCore.Http.HttpResults;

namespace Toolchain.Serve.Features;

/// <summary>Triton's model configuration extension: how models are run. Load tools read from it how large batches may be.</summary>
internal static class ConfigEndpoints
{
    /// <summary>Maps <c>/v2/models/{model}[/versions/{version}]/config</c>.</summary>
    public static RouteGroupBuilder MapConfig(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v2/models/{model}").WithTags("Inference").ProducesErrors(400, 404);
        group.MapGet("config", GetConfig).WithName("getModelConfig").WithSummary("How the model is run.");
        group.MapGet("versions/{version}/config", GetVersionConfig).WithName("getModelVersionConfig").WithSummary("How a version of the model is run.");
        return group;
    }

    private static Ok<ModelConfig> GetConfig(string model, ServerState state, ServeOptions options) => TypedResults.Ok(ModelConfig.Of(ModelEndpoints.Find(state, model, null), options));

    private static Ok<ModelConfig> GetVersionConfig(string model, string version, ServerState state, ServeOptions options) =>
        TypedResults.Ok(ModelConfig.Of(ModelEndpoints.Find(state, model, version), options));
}
