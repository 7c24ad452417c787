using Toolchain.Runtime;

namespace Toolchain.Serve.Batching;

/// <summary>How a model runs on this machine, and why.</summary>
/// <param name="Instances">Batches that run at the same time.</param>
/// <param name="Threads">Threads of a run.</param>
/// <param name="MaxBatchSize">Most rows of a batch.</param>
/// <param name="Tuned">Whether measurements of this model on this machine decided.</param>
/// <param name="Reason">What decided, for a person.</param>
internal sealed record BatchPlan(int Instances, int Threads, int MaxBatchSize, bool Tuned, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Instances} instance{(Instances == 1 ? "" : "s")} of {Threads} thread{(Threads == 1 ? "" : "s")}, batches of up to {MaxBatchSize} row{(MaxBatchSize == 1 ? "" : "s")}");
}

/// <summary>A model loaded as often as it runs at the same time. Whoever holds it disposes it, after the last run has ended.</summary>
/// <param name="sessions">The session of each instance; instances that need no threads of their own share one.</param>
/// <param name="layout">The model's rows.</param>
/// <param name="plan">How it runs.</param>
/// <param name="permits">What limits the runs of all models.</param>
internal sealed class ModelInstances(IReadOnlyList<ModelSession> sessions, RowLayout layout, BatchPlan plan, RunPermits permits) : IDisposable
{
    /// <summary>The session of each instance, at least one.</summary>
    public IReadOnlyList<ModelSession> Sessions => sessions;

    /// <summary>One row of the model's inputs and outputs.</summary>
    public RowLayout Layout => layout;

    /// <summary>How it runs.</summary>
    public BatchPlan Plan => plan;

    /// <summary>What limits the runs of all models.</summary>
    public RunPermits Permits => permits;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var session in sessions.Distinct())
        {
            session.Dispose();
        }
    }
}
