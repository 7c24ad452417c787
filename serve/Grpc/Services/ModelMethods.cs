using Toolchain.Serve.Features;
using Toolchain.Serve.Http;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Grpc.Services;

/// <summary>What models take and give, how they are run, and what they did.</summary>
internal sealed class ModelMethods(ServerState state, ServeOptions options)
{
    /// <summary><c>ModelReady</c>: false also for a model that is not known.</summary>
    public Messages.ModelReadyResponse Ready(Messages.ModelReadyRequest request) => new() { Ready = state.Models.Find(request.Name, Version(request.Version)) is ServedModel };

    /// <summary><c>ModelMetadata</c>.</summary>
    /// <exception cref="RequestException">The model is not known, or not ready.</exception>
    public Messages.ModelMetadataResponse Metadata(Messages.ModelMetadataRequest request)
    {
        var model = ModelEndpoints.Metadata(state, request.Name, Version(request.Version));
        return new()
        {
            Name = model.Name,
            Versions = { model.Versions },
            Platform = model.Platform,
            Inputs = { model.Inputs.Select(Of) },
            Outputs = { model.Outputs.Select(Of) },
        };
    }

    /// <summary><c>ModelConfig</c>.</summary>
    /// <inheritdoc cref="Metadata"/>
    public Messages.ModelConfigResponse Config(Messages.ModelConfigRequest request) =>
        new() { Config = ModelConfigs.Of(ModelConfig.Of(ModelEndpoints.Find(state, request.Name, Version(request.Version)), options)) };

    /// <summary><c>ModelStatistics</c>: of a version, of all versions of a model, or of all models.</summary>
    /// <inheritdoc cref="Metadata"/>
    public Messages.ModelStatisticsResponse Statistics(Messages.ModelStatisticsRequest request)
    {
        var models = request.Name.Length == 0 ? state.Models.Loaded
            : Version(request.Version) is { } version ? [ModelEndpoints.Find(state, request.Name, version)]
            : StatisticsEndpoints.Versions(state, request.Name);
        return new() { ModelStats = { models.Select(static model => StatisticsMessages.Of(ModelCounts.Of(model))) } };
    }

    private static string? Version(string version) => version.Length > 0 ? version : null;

    private static Messages.ModelMetadataResponse.Types.TensorMetadata Of(TensorMetadata tensor) => new() { Name = tensor.Name, Datatype = tensor.Datatype, Shape = { tensor.Shape } };
}
