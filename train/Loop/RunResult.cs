using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Train.Observation;

namespace Toolchain.Train.Loop;

/// <summary>A model that a run has published.</summary>
/// <param name="Model">The version: <c>name:3</c>.</param>
/// <param name="Epoch">The epoch that its weights are of.</param>
internal sealed record PublishedModel(string Model, int Epoch);

/// <summary>What has come of a run, as <c>result.json</c> in its folder: written when a model is published, so that nothing is published twice.</summary>
internal sealed record RunResult
{
    /// <summary>The file's name.</summary>
    public const string FileName = "result.json";

    /// <summary>The published models, in their order.</summary>
    public IReadOnlyList<PublishedModel> Models { get; init; } = [];

    /// <summary>Whether the training has come to its end.</summary>
    public bool IsFinished { get; init; }

    /// <summary>Every epoch, when it has.</summary>
    public IReadOnlyList<EpochReport> Epochs { get; init; } = [];

    /// <summary>The best epoch, when it has.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Training samples per second.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Why it ended before its last epoch; null when it did not.</summary>
    public string? EndedEarly { get; init; }

    /// <summary>Signs of trouble that were found.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Reads what has come of a run; nothing where it has published nothing yet.</summary>
    /// <exception cref="ToolchainException">The file is damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static RunResult Read(string folder) => Path.Combine(folder, FileName) is var file && File.Exists(file) ? RunJson.Read<RunResult>(file) : new();

    /// <summary>Writes it into its run's folder.</summary>
    public void Write(string folder) => RunJson.Write(Path.Combine(folder, FileName), this);

    /// <summary>The result with another model.</summary>
    public RunResult With(TrainedModel model) => this with { Models = [.. Models, new(model.Model.ToString(), model.Epoch)] };

    /// <summary>The result of a training that has come to its end.</summary>
    public RunResult Finished(TrainingReport report, IReadOnlyList<Finding> findings) => this with
    {
        Findings = findings,
        IsFinished = true,
        Epochs = report.Epochs,
        BestEpoch = report.BestEpoch,
        ImagesPerSecond = report.ImagesPerSecond,
        EndedEarly = report.EndedEarly,
    };

    /// <summary>The models with their weights.</summary>
    /// <exception cref="ToolchainException">One is gone from the registry.</exception>
    public IReadOnlyList<TrainedModel> Load(ModelRegistry registry) => [.. Models.Select(published =>
    {
        var model = registry.Resolve(published.Model);
        return new TrainedModel(model, model.Manifest.Metrics["test"], published.Epoch, OnnxFile.Read(model.OpenArtifact(ArtifactKinds.Graph).Path).Graph.Initializers);
    })];

    /// <summary>The report of the training, when it has ended.</summary>
    /// <param name="models">Its models, the last of which has the report's weights.</param>
    public TrainingReport ToReport(IReadOnlyList<TrainedModel> models) => new(Epochs, BestEpoch, models[^1].Weights, ImagesPerSecond, EndedEarly);
}
