using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>A line of the repository's index.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version.</param>
/// <param name="State">READY, UNAVAILABLE, LOADING or UNLOADING.</param>
/// <param name="Reason">What a person should know of it; empty when there is nothing.</param>
internal sealed record RepositoryEntry(string Name, string Version, string State, string Reason);

/// <summary>What an index is asked for.</summary>
/// <param name="Ready">Whether only models that answer requests are wanted.</param>
internal sealed record RepositoryIndexBody(bool Ready = false);

/// <summary>What a load or unload may say.</summary>
/// <param name="Parameters"><c>unload_dependents</c> (boolean): changes nothing, for no model needs another.</param>
internal sealed record RepositoryChangeBody(IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>Triton's model repository extension: what there is, and loading and unloading it where the server lets clients do so.</summary>
internal static class RepositoryEndpoints
{
    /// <summary>What clients are told that may not load or unload models.</summary>
    internal const string NotAllowed = "Clients may not load or unload models of this server. Start it with --model-control explicit to let them.";

    /// <summary>Maps <c>/v2/repository/index</c> and <c>/v2/repository/models/{model}/load</c> and <c>unload</c>; with the name of a repository they are refused.</summary>
    public static RouteGroupBuilder MapRepository(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v2/repository").WithTags("Repository");
        group.MapPost("index", GetIndex).WithName("getRepositoryIndex").WithSummary("The models of the registry, and which of them are served.").DescribesOptionalJson<RepositoryIndexBody>().ProducesErrors(400, 408, 413, 501, 503);
        group.MapPost("models/{model}/load", Load).WithName("loadModel").WithSummary("Loads a model, or its newest version beside the one that is served, which it then replaces.").DescribesChange();
        group.MapPost("models/{model}/unload", Unload).WithName("unloadModel").WithSummary("Unloads all versions of a model, after the requests that are under way.").DescribesChange();
        group.MapPost("{repository}/index", RefuseRepository).ExcludeFromDescription();
        group.MapPost("{repository}/models/{model}/load", RefuseRepository).ExcludeFromDescription();
        group.MapPost("{repository}/models/{model}/unload", RefuseRepository).ExcludeFromDescription();
        return group;
    }

    /// <summary>What clients are told that name a repository.</summary>
    internal static string NoRepositories(string repository) => $"'repository_name' specification is not supported: '{repository}'. The server has one registry; leave the name out.";

    private static RouteHandlerBuilder DescribesChange(this RouteHandlerBuilder endpoint) =>
        endpoint.Produces(StatusCodes.Status200OK).DescribesOptionalJson<RepositoryChangeBody>().ProducesErrors(400, 403, 404, 408, 413, 501, 503);

    private static ErrorResult RefuseRepository(string repository) => new(StatusCodes.Status501NotImplemented, NoRepositories(repository));

    private static async Task<Results<Ok<IReadOnlyList<RepositoryEntry>>, ErrorResult>> GetIndex(HttpContext http, ModelControl control, ByteBudget budget, LongWork threads)
    {
        using var body = await ReadAsync(http, budget, threads).ConfigureAwait(false);
        if (body is null)
        {
            return ErrorResult.QueueFull;
        }

        var wanted = Parse(body.Bytes.Span, ServeJson.Default.RepositoryIndexBody) ?? new();
        return TypedResults.Ok<IReadOnlyList<RepositoryEntry>>(
            [.. control.Index().Where(m => !wanted.Ready || m.Status == ModelStatus.Ready).Select(static m => new RepositoryEntry(m.Name, m.Version, m.Status.Text(), m.Reason))]);
    }

    private static Task<Results<Ok, ErrorResult>> Load(string model, HttpContext http, ModelControl control, ServeOptions options, ByteBudget budget, LongWork threads) =>
        ChangeAsync(http, options, budget, threads, () => control.LoadAsync(model, http.RequestAborted));

    private static Task<Results<Ok, ErrorResult>> Unload(string model, HttpContext http, ModelControl control, ServeOptions options, ByteBudget budget, LongWork threads) =>
        ChangeAsync(http, options, budget, threads, () => control.UnloadAsync(model, http.RequestAborted));

    private static async Task<Results<Ok, ErrorResult>> ChangeAsync(HttpContext http, ServeOptions options, ByteBudget budget, LongWork threads, Func<Task> change)
    {
        if (!options.ModelControl)
        {
            return new ErrorResult(StatusCodes.Status403Forbidden, NotAllowed);
        }

        using var body = await ReadAsync(http, budget, threads).ConfigureAwait(false);
        if (body is null)
        {
            return ErrorResult.QueueFull;
        }

        foreach (var (name, value) in Parse(body.Bytes.Span, ServeJson.Default.RepositoryChangeBody)?.Parameters ?? new Dictionary<string, JsonElement>())
        {
            if (name != "unload_dependents" || value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                throw RequestException.Unsupported($"Parameter '{name}' is not supported by this server: models are loaded as they are in its registry.");
            }
        }

        await change().ConfigureAwait(false);
        return TypedResults.Ok();
    }

    private static async ValueTask<RequestBody?> ReadAsync(HttpContext http, ByteBudget budget, LongWork threads)
    {
        var body = await RequestBody.ReadAsync(http.Request, budget, threads, http.RequestAborted).ConfigureAwait(false);
        if (body?.Bytes.Length >= LongWork.Bytes)
        {
            await threads.Enter();
        }

        return body;
    }

    // An empty body says nothing, and that is allowed.
    private static T? Parse<T>(ReadOnlySpan<byte> body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return body.IsEmpty ? null : JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException malformed)
        {
            throw RequestException.Bad($"The body is not JSON as the protocol has it: {malformed.Message}", malformed);
        }
    }
}
