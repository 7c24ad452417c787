using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Registry;
using Toolchain.Train.Execution;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Sources;

namespace Toolchain.Train.Loop;

/// <summary>What a run trains, on what, and where the results go.</summary>
internal sealed record TrainingRequest
{
    /// <summary>The network: of the catalog, a file, or a model whose weights are the beginning.</summary>
    public required NetworkSource Source { get; init; }

    /// <summary>Changes of its structure; none by default.</summary>
    public NetworkEdits Edits { get; init; } = NetworkEdits.None;

    /// <summary>The outputs of a fresh head in the place of a file's or model's own; null, the default, keeps that.</summary>
    public int? NewHead { get; init; }

    /// <summary>The data set's reference.</summary>
    public required string Data { get; init; }

    /// <summary>How the data set is read; the standard options by default.</summary>
    public DatasetOptions Reading { get; init; } = DatasetOptions.Default;

    /// <summary>How its training samples are divided; share and seed are the recipe's.</summary>
    public SplitPlan Division { get; init; } = new();

    /// <summary>The seed of the division; null, the default, for the recipe's.</summary>
    public long? SplitSeed { get; init; }

    /// <summary>What the data must be, as it was before; null, the default, for anything.</summary>
    public DataFingerprint? Fingerprint { get; init; }

    /// <summary>How to train.</summary>
    public required TrainingRecipe Recipe { get; init; }

    /// <summary>The model's name in the registry; those of several models get numbers behind it.</summary>
    public required string ModelName { get; init; }

    /// <summary>Models that are trained one after the other, each with its own seed; 1 by default.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Whether every cycle of the schedule gives a model of its own; off by default.</summary>
    public bool Snapshots { get; init; }

    /// <summary>Where to train.</summary>
    public DeviceSpec Device { get; init; } = DeviceSpec.Auto;

    /// <summary>Computing threads; null, the default, for one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>Threads that prepare batches; 1 by default.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The precision that was asked for; null, the default, to choose.</summary>
    public Precision? Precision { get; init; }

    /// <summary>The memory layout that was asked for; null, the default, to choose.</summary>
    public MemoryLayout? Layout { get; init; }

    /// <summary>The longest that training goes on without a checkpoint within an epoch; 5 minutes by default.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Where run folders are made.</summary>
    public required string RunsFolder { get; init; }

    /// <summary>A file that the weights are also written to; null, the default, for none.</summary>
    public string? OutWeights { get; init; }

    /// <summary>The keys of what a sweep varies, which tables show first; none by default.</summary>
    public IReadOnlyCollection<string> Varied { get; init; } = [];

    /// <summary>Who watches besides the log.</summary>
    public ObservationOptions Observation { get; init; } = new();
}

/// <summary>One trained and published model.</summary>
/// <param name="Model">The published version.</param>
/// <param name="Test">What was measured on the test split, in float32.</param>
/// <param name="Epoch">The epoch that its weights are of.</param>
/// <param name="Weights">The weights.</param>
internal sealed record TrainedModel(ModelVersion Model, SplitMetrics Test, int Epoch, IReadOnlyDictionary<string, TensorData> Weights);

/// <summary>What came of a run.</summary>
/// <param name="Models">The published models: one, or the members of an ensemble.</param>
/// <param name="Ensemble">What the members' mean prediction reaches on the test split; null for one model.</param>
/// <param name="Trainings">The epochs, one report per training.</param>
/// <param name="BatchSize">Samples per pass, as given or found.</param>
/// <param name="Mode">How it computed.</param>
/// <param name="RunFolder">The last run's folder.</param>
/// <param name="Seconds">Wall time of the whole run.</param>
/// <param name="Findings">The signs of trouble that were found, of all trainings.</param>
internal sealed record TrainingOutcome(
    IReadOnlyList<TrainedModel> Models, SplitMetrics? Ensemble, IReadOnlyList<TrainingReport> Trainings, int BatchSize, ComputeMode Mode, string RunFolder, double Seconds,
    IReadOnlyList<Finding> Findings);
