using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Registry;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>The models of a server.</summary>
internal sealed record ModelList(IReadOnlyList<ModelCard> Models);

/// <summary>What is known about a version.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version number.</param>
/// <param name="Ready">Whether it is served.</param>
/// <param name="Problem">Why it is not, or what is wrong although it is: for example that it is no longer in the registry; absent when all is well.</param>
/// <param name="Aliases">The aliases that mean it.</param>
/// <param name="Device">Where it runs; absent when it does not.</param>
/// <param name="MaxBatchSize">Most rows of a batch; absent when it is not served.</param>
/// <param name="Plan">How it runs on this machine, and why; absent when it is not served.</param>
/// <param name="Inputs">What it takes.</param>
/// <param name="Outputs">What it gives.</param>
/// <param name="Manifest">Everything that the registry knows: labels, preprocessing, training, metrics, files; only in the card of one model.</param>
internal sealed record ModelCard(
    string Name,
    int Version,
    bool Ready,
    string? Problem,
    IReadOnlyList<string> Aliases,
    string? Device,
    int? MaxBatchSize,
    CardPlan? Plan,
    IReadOnlyList<TensorMetadata> Inputs,
    IReadOnlyList<TensorMetadata> Outputs,
    ModelManifest? Manifest);

/// <summary>How a model runs on the server's machine.</summary>
/// <param name="Instances">Batches that run at the same time.</param>
/// <param name="Threads">Threads of a run.</param>
/// <param name="MaxBatchSize">Most rows of a batch.</param>
/// <param name="Tuned">Whether measurements of this model on this machine decided.</param>
/// <param name="Reason">What decided, for a person.</param>
internal sealed record CardPlan(int Instances, int Threads, int MaxBatchSize, bool Tuned, string Reason)
{
    /// <summary>The plan of a queue.</summary>
    public static CardPlan? Of(BatchPlan? plan) => plan is null ? null : new(plan.Instances, plan.Threads, plan.MaxBatchSize, plan.Tuned, plan.Reason);
}

/// <summary>The models of the server, with what the registry knows of them.</summary>
internal static class CardEndpoints
{
    /// <summary>Maps <c>/v1/models</c> and <c>/v1/models/{reference}</c>.</summary>
    public static RouteGroupBuilder MapCards(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/models").WithTags("Models");
        group.MapGet("", GetModels).WithName("listModels").WithSummary("The models of the server.");
        group.MapGet("{reference}", GetModelCard).WithName("getModelCard").WithSummary("The card of a model: name, name:3 or name@alias.").ProducesErrors(400, 404);
        return group;
    }

    private static Ok<ModelList> GetModels(ServerState state)
    {
        var models = state.Models;
        return TypedResults.Ok(new ModelList([.. models.All.Select(entry => Card(models, entry, null))]));
    }

    private static Ok<ModelCard> GetModelCard(string reference, ServerState state)
    {
        var models = state.Models;
        var entry = models.Lookup(reference) ?? models.Find(ModelReference.Parse(reference));
        return TypedResults.Ok(Card(models, entry, entry.Manifest));
    }

    private static ModelCard Card(ServedModels models, ModelEntry entry, ModelManifest? manifest)
    {
        var served = entry as ServedModel;
        return new(
            entry.Name,
            entry.Version,
            served is { Batcher.Fault: null },
            models.ProblemOf(entry),
            [.. models.AliasesOf(entry)],
            served?.Device.ToString(),
            served?.Batcher.MaxBatchSize,
            CardPlan.Of(served?.Batcher.Plan),
            [.. served?.Layout.Inputs.Select(TensorMetadata.Of) ?? []],
            [.. served?.Layout.Outputs.Select(TensorMetadata.Of) ?? []],
            manifest);
    }
}
