using Toolchain.Registry.Cli;
using Toolchain.Train.Loop;
using Toolchain.Train.Profiling;
using Toolchain.Train.Tensorboard;

namespace Toolchain.Train.Observation;

/// <summary>What is written down of a run while it goes on.</summary>
internal sealed record ObservationOptions
{
    /// <summary>Steps between two lines of the log about steps; null, the default, for as many as <see cref="StepInterval"/> finds sensible.</summary>
    public int? LogEvery { get; init; }

    /// <summary>Whether to write event files for TensorBoard; off by default.</summary>
    public bool Tensorboard { get; init; }

    /// <summary>How many steps to profile; null, the default, for none.</summary>
    public int? ProfileSteps { get; init; }

    /// <summary>Opens a run's observers: the terminal, the log, what was asked for, and the diagnosis, which tells the others what it finds.</summary>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public RunObservers Open(RunFolder run, TimeProvider time, TrainingDisplay display, CommandConsole console)
    {
        var log = new RunLogWriter(run, time, LogEvery);
        RunObserver[] writers = Tensorboard ? [display, log, new TensorboardWriter(run, time, LogEvery)] : [display, log];

        // The profile comes first: what the others do between two steps is then no part of a step's optimiser.
        RunObserver[] profile = ProfileSteps is { } steps ? [new ProfileObserver(steps, run.Path, console)] : [];
        return new([.. profile, .. writers, new Diagnosis(new RunObservers(writers))]);
    }
}
