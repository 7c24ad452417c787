using Toolchain.Train.Loop;

namespace Toolchain.Train.Sweeps;

/// <summary>One combination of values and how good it is.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Values">Its values.</param>
internal sealed record SweepTrial(int Number, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>Epochs that it has been trained.</summary>
    public int Epochs { get; init; }

    /// <summary>Whether its training has come to its end.</summary>
    public bool IsFinished { get; init; }

    /// <summary>The best of its epochs; 0 before the first.</summary>
    public int BestEpoch { get; init; }

    /// <summary>The validation result of that epoch; null before the first.</summary>
    public SplitScore? Validation { get; init; }

    /// <summary>Why it could not be trained; null when it could.</summary>
    public string? Failure { get; init; }
}

/// <summary>Where a sweep stands, as <c>sweep.json</c> in its folder: written after every trial, so that a sweep goes on where it was ended.</summary>
/// <param name="Definition">What the sweep was asked to do, in full.</param>
/// <param name="Started">When it began.</param>
/// <param name="Trials">All trials.</param>
internal sealed record SweepState(string Definition, DateTimeOffset Started, IReadOnlyList<SweepTrial> Trials)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "sweep.json";

    /// <summary>How many rungs have been climbed.</summary>
    public int Rungs { get; init; }

    /// <summary>The trials that have not been left behind.</summary>
    public IReadOnlyList<int> Alive { get; init; } = [.. Trials.Select(static t => t.Number)];

    /// <summary>The model that the best trial became, <c>name:3</c>; null before.</summary>
    public string? Model { get; init; }

    /// <summary>The trials that have a result: those that have not been left behind first, and of both the best first.</summary>
    public IEnumerable<SweepTrial> Ranked() => Trials
        .Where(static t => t.Validation is not null && t.Failure is null)
        .OrderByDescending(t => Alive.Contains(t.Number))
        .ThenByDescending(static t => t.Validation!.Value.Merit)
        .ThenBy(static t => t.Number);

    /// <summary>The state with another result of a trial.</summary>
    public SweepState With(SweepTrial trial) => this with { Trials = [.. Trials.Select(t => t.Number == trial.Number ? trial : t)] };

    /// <summary>Reads a folder's state, if it is of this sweep; null where there is none.</summary>
    /// <exception cref="ToolchainException">It is of another sweep (<see cref="ErrorKind.Usage"/>), or damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public static SweepState? Find(string folder, string definition)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            return null;
        }

        var state = RunJson.Read<SweepState>(file);
        return state.Definition == definition
            ? state
            : throw new ToolchainException(ErrorKind.Usage, $"'{folder}' holds another sweep: its file, options or seed were others. Give this one another --name, or remove the folder.");
    }

    /// <summary>Writes the state into its folder.</summary>
    public void Write(string folder) => RunJson.Write(Path.Combine(folder, FileName), this);
}
