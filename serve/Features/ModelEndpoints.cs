using Microsoft.AspNetCore.Http.HttpResults;
using Toolchain.Runtime;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;
using Toolchain.Serve.Protocol;

namespace Toolchain.Serve.Features;

/// <summary>Whether a version is served.</summary>
internal sealed record ModelReady(string Name, bool Ready);

/// <summary>What a model takes and gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">The versions that are served.</param>
/// <param name="Platform">What runs it.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Outputs">Its outputs.</param>
internal sealed record ModelMetadata(string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs);

/// <summary>An input or output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">The protocol's word for its type.</param>
/// <param name="Shape">Its shape; −1 is the batch.</param>
internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape)
{
    /// <summary>Describes a row of a batch.</summary>
    public static TensorMetadata Of(RowTensor row) => new(row.Name, Datatypes.Name(row.Type), [-1, .. row.Dimensions]);
}

/// <summary>Open Inference Protocol v2: model metadata and readiness.</summary>
internal static class ModelEndpoints
{
    /// <summary>What runs the models, as Triton calls it.</summary>
    internal const string Platform = "onnxruntime_onnx";

    /// <summary>Maps <c>/v2/models/{model}[/versions/{version}][/ready]</c>.</summary>
    public static RouteGroupBuilder MapModels(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v2/models/{model}").WithTags("Inference").ProducesErrors(400, 404);
        group.MapGet("", GetMetadata).WithName("getModel").WithSummary("What the model takes and gives.");
        group.MapGet("versions/{version}", GetVersionMetadata).WithName("getModelVersion").WithSummary("What a version of the model takes and gives.");
        group.MapGet("ready", GetReady).WithName("getModelReady").WithSummary("Whether the model is served.");
        group.MapGet("versions/{version}/ready", GetVersionReady).WithName("getModelVersionReady").WithSummary("Whether a version of the model is served.");
        return group;
    }

    /// <summary>The model that a request is for.</summary>
    /// <exception cref="RequestException">It is not known (404), or could not be loaded (400). The first text is Triton's.</exception>
    internal static ServedModel Find(ServerState state, string model, string? version) => state.Models.Served(model, version);

    /// <summary>What a model takes and gives.</summary>
    /// <inheritdoc cref="Find"/>
    internal static ModelMetadata Metadata(ServerState state, string model, string? version)
    {
        var served = Find(state, model, version);
        return new(
            served.Name,
            [.. state.Models.Versions(served.Name).OfType<ServedModel>().Select(static v => v.VersionText)],
            Platform,
            [.. served.Layout.Inputs.Select(TensorMetadata.Of)],
            [.. served.Layout.Outputs.Select(TensorMetadata.Of)]);
    }

    private static Ok<ModelMetadata> GetMetadata(string model, ServerState state) => TypedResults.Ok(Metadata(state, model, null));

    private static Ok<ModelMetadata> GetVersionMetadata(string model, string version, ServerState state) => TypedResults.Ok(Metadata(state, model, version));

    private static Ok<ModelReady> GetReady(string model, ServerState state) => TypedResults.Ok(new ModelReady(Find(state, model, null).Name, true));

    private static Ok<ModelReady> GetVersionReady(string model, string version, ServerState state) => TypedResults.Ok(new ModelReady(Find(state, model, version).Name, true));
}
