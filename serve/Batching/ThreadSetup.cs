using System.Globalization;

namespace Toolchain.Serve.Batching;

/// <summary>How many batches of a model run at the same time, and with how many threads each.</summary>
/// <param name="Instances">Batches at the same time, at least 1.</param>
/// <param name="Threads">Threads of each, at least 1.</param>
internal readonly record struct ThreadSetup(int Instances, int Threads)
{
    /// <summary>The setups that are worth measuring: all threads for one batch, which answers soonest, and a batch for each thread, which wastes least.</summary>
    /// <param name="budget">Threads in all.</param>
    /// <param name="instances">The instances that were asked for; 0 for any.</param>
    /// <param name="threads">The threads that were asked for; 0 for any.</param>
    public static IReadOnlyList<ThreadSetup> Candidates(int budget, int instances, int threads) => (instances, threads) switch
    {
        (> 0, _) => [Default(budget, instances, threads)],
        (_, > 0) => [.. new[] { new ThreadSetup(1, threads), new(Math.Max(1, budget / threads), threads) }.Distinct()],
        _ => [.. new[] { new ThreadSetup(1, budget), new(budget, 1), new(1, 1) }.Distinct()],
    };

    /// <summary>What is used without measuring: one instance with all threads, unless something else was asked for.</summary>
    /// <inheritdoc cref="Candidates"/>
    public static ThreadSetup Default(int budget, int instances, int threads) => new(Math.Max(1, instances), threads > 0 ? threads : Math.Max(1, budget / Math.Max(1, instances)));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Instances}×{Threads}");
}
