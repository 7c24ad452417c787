using System.Collections.Concurrent;

namespace Toolchain.Serve.Metrics;

/// <summary>Counts how often versions of each model were loaded, refused and unloaded since the server started. Safe to use from many threads at once.</summary>
internal sealed class LoadStatistics
{
    private readonly ConcurrentDictionary<string, LoadCounts> _models = new(StringComparer.Ordinal);

    /// <summary>What was counted so far, by the models' names.</summary>
    public IEnumerable<KeyValuePair<string, LoadCounts>> Models => _models.OrderBy(static m => m.Key, StringComparer.Ordinal);

    /// <summary>A version was loaded.</summary>
    public void Loaded(string model) => Add(model, new(1, 0, 0));

    /// <summary>A version was refused.</summary>
    public void Refused(string model) => Add(model, new(0, 1, 0));

    /// <summary>A version was unloaded.</summary>
    public void Unloaded(string model) => Add(model, new(0, 0, 1));

    private void Add(string model, LoadCounts counts) => _models.AddOrUpdate(
        model, counts, (_, sum) => new(sum.Loaded + counts.Loaded, sum.Refused + counts.Refused, sum.Unloaded + counts.Unloaded));
}

/// <summary>What became of a model's versions.</summary>
/// <param name="Loaded">How often one was loaded.</param>
/// <param name="Refused">How often one was refused.</param>
/// <param name="Unloaded">How often one was unloaded.</param>
internal readonly record struct LoadCounts(long Loaded, long Refused, long Unloaded);
