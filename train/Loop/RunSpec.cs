using System.Text.Json;
using Toolchain.Data;
using Toolchain.Graphs.Editing;
using Toolchain.Registry;
using Toolchain.Train.Execution;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;

namespace Toolchain.Train.Loop;

/// <summary>
/// What a run was asked to do, with all that was chosen for it (threads, batch, precision, layout), as <c>run.json</c> in its folder: enough to go on on
/// another day from another folder. Of an ensemble each member has a run of its own, which names those before it.
/// </summary>
internal sealed record RunSpec
{
    /// <summary>The file's name.</summary>
    public const string FileName = "run.json";

    private const int CurrentSchemaVersion = 1;

    /// <summary>The schema of the file.</summary>
    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>When the run began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The toolchain that began it.</summary>
    public ToolSpec Tool { get; init; } = ToolSpec.Current;

    /// <summary>The engine that it began with.</summary>
    public EngineSpec Engine { get; init; } = TorchDevice.Engine;

    /// <summary>The processor that it began on.</summary>
    public ProcessorSpec Processor { get; init; } = HostProcessor.Current;

    /// <summary>The folder that relative paths in <see cref="Data"/> are meant from.</summary>
    public required string WorkingFolder { get; init; }

    /// <summary>The network, file or model.</summary>
    public required SourceSpec Source { get; init; }

    /// <summary>Changes of its structure.</summary>
    public IReadOnlyList<string> Edits { get; init; } = [];

    /// <summary>The outputs of a fresh head; null for none.</summary>
    public int? NewHead { get; init; }

    /// <summary>The data set's reference.</summary>
    public required string Data { get; init; }

    /// <summary>What the data is.</summary>
    public required DataFingerprint Fingerprint { get; init; }

    /// <summary>How it is read.</summary>
    public required ReadingSpec Reading { get; init; }

    /// <summary>How its training samples are divided; share and seed are the recipe's.</summary>
    public required SplitPlan Division { get; init; }

    /// <summary>The recipe in full.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Recipe { get; init; }

    /// <summary>The seed; members of an ensemble count up from it.</summary>
    public required long Seed { get; init; }

    /// <summary>The seed of the division; null for <see cref="Seed"/>.</summary>
    public long? SplitSeed { get; init; }

    /// <summary>The model's name, without a member's number.</summary>
    public required string Name { get; init; }

    /// <summary>Models that are trained one after the other.</summary>
    public int Members { get; init; } = 1;

    /// <summary>The folders of the members before this one, beside this folder.</summary>
    public IReadOnlyList<string> Earlier { get; init; } = [];

    /// <summary>Whether every cycle of the schedule gives a model.</summary>
    public bool Snapshots { get; init; }

    /// <summary>The device: <c>cpu</c> or <c>cuda:N</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Computing threads.</summary>
    public required int Threads { get; init; }

    /// <summary>Threads that prepare batches.</summary>
    public required int Workers { get; init; }

    /// <summary>Minutes between checkpoints.</summary>
    public required double CheckpointMinutes { get; init; }

    /// <summary>The registry's folder.</summary>
    public required string Models { get; init; }

    /// <summary>A file that the weights are also written to; null for none.</summary>
    public string? OutWeights { get; init; }

    /// <summary>What is written down of the run while it goes on.</summary>
    public ObservationOptions Observation { get; init; } = new();

    /// <summary>Which member of <see cref="Members"/> this run trains, from 1.</summary>
    public int Member => Earlier.Count + 1;

    /// <summary>The record of a request.</summary>
    /// <param name="training">What was made of the request.</param>
    /// <param name="registry">Where the model will be.</param>
    /// <param name="folder">The run's folder, which gets a copy of a network's file.</param>
    /// <param name="earlier">The runs of the members before.</param>
    /// <param name="started">The time.</param>
    public static RunSpec Of(PreparedTraining training, ModelRegistry registry, string folder, IReadOnlyList<string> earlier, DateTimeOffset started)
    {
        var request = training.Request;
        return new()
        {
            Started = started,
            WorkingFolder = Environment.CurrentDirectory,
            Source = request.Source.Keep(folder),
            Edits = request.Edits.Text,
            NewHead = request.NewHead,
            Data = request.Data,
            Fingerprint = DataFingerprint.Of(training.Data),
            Reading = ReadingSpec.Of(request.Reading),
            Division = request.Division,
            Recipe = WrittenRecipe.Of(request.Recipe, training.Mode),
            Seed = request.Recipe.Seed,
            SplitSeed = request.SplitSeed,
            Name = request.ModelName,
            Members = request.Members,
            Earlier = [.. earlier.Select(static e => Path.GetFileName(e))],
            Snapshots = request.Snapshots,
            Device = training.Device.ToString(),
            Threads = training.Threads,
            Workers = request.Workers,
            CheckpointMinutes = request.CheckpointEvery.TotalMinutes,
            Models = Path.GetFullPath(registry.Root),
            OutWeights = request.OutWeights is { } file ? Path.GetFullPath(file) : null,
            Observation = request.Observation,
        };
    }

    /// <summary>Reads a run's record.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="ToolchainException">It is damaged, or of another toolchain (<see cref="ErrorKind.BadInput"/>).</exception>
    public static RunSpec Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        var spec = RunJson.Read<RunSpec>(file);
        return spec.SchemaVersion == CurrentSchemaVersion
            ? spec
            : throw new ToolchainException(ErrorKind.BadInput, $"'{file}' has schema_version {spec.SchemaVersion}, and this toolchain knows {CurrentSchemaVersion}. Use the toolchain that began the run ({spec.Tool.Version}).");
    }

    /// <summary>Writes the record into its run's folder.</summary>
    public void Write(string folder) => RunJson.Write(Path.Combine(folder, FileName), this);

    /// <summary>The request, as it was.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="registry">Where models are.</param>
    /// <exception cref="ToolchainException">The network, file or model is no longer there, or not the same.</exception>
    public TrainingRequest ToRequest(string folder, ModelRegistry registry)
    {
        var (recipe, mode) = WrittenRecipe.Read(Recipe, Seed, Path.Combine(folder, FileName));
        return new()
        {
            Source = NetworkSource.Open(Source, folder, registry),
            Edits = NetworkEdits.Parse(Edits),
            NewHead = NewHead,
            Data = Data,
            Fingerprint = Fingerprint,
            Reading = Reading.ToOptions(),
            Division = Division,
            SplitSeed = SplitSeed,
            Recipe = recipe,
            ModelName = Name,
            Members = Members,
            Snapshots = Snapshots,
            Device = DeviceSpec.Parse(Device),
            Threads = Threads,
            Workers = Workers,
            Precision = mode.Precision,
            Layout = mode.Layout,
            CheckpointEvery = TimeSpan.FromMinutes(CheckpointMinutes),
            RunsFolder = Path.GetDirectoryName(Path.GetFullPath(folder))!,
            OutWeights = OutWeights,
            Observation = Observation,
        };
    }
}
