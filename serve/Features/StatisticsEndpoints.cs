using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>Triton's statistics extension: what models did since they were loaded.</summary>
internal static class StatisticsEndpoints
{
    /// <summary>Maps <c>/v2/models/stats</c> and <c>/v2/models/{model}[/versions/{version}]/stats</c>.</summary>
    public static RouteGroupBuilder MapStatistics(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v2/models").WithTags("Server");
        group.MapGet("stats", GetAll).WithName("getStatistics").WithSummary("What all models did since they were loaded.");
        group.MapGet("{model}/stats", GetModel).WithName("getModelStatistics").WithSummary("What the versions of a model did since they were loaded.").ProducesErrors(400, 404);
        group.MapGet("{model}/versions/{version}/stats", GetVersion).WithName("getModelVersionStatistics").WithSummary("What a version of a model did since it was loaded.").ProducesErrors(400, 404);
        return group;
    }

    private static Ok<StatisticsList> GetAll(ServerState state) => Of(state.Models.Loaded);

    /// <summary>The versions that a name means: all of a bare name's, the one of <c>name@alias</c>.</summary>
    /// <inheritdoc cref="ModelEndpoints.Find"/>
    internal static IEnumerable<ServedModel> Versions(ServerState state, string model) => ModelEndpoints.Find(state, model, null) is var served && served.Name == model
        ? state.Models.Versions(model).OfType<ServedModel>()
        : [served];

    private static Ok<StatisticsList> GetModel(string model, ServerState state) => Of(Versions(state, model));

    private static Ok<StatisticsList> GetVersion(string model, string version, ServerState state) => Of([ModelEndpoints.Find(state, model, version)]);

    private static Ok<StatisticsList> Of(IEnumerable<ServedModel> models) => TypedResults.Ok(new StatisticsList([.. models.Select(ModelCounts.Of)]));
}
