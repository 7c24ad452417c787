using System.Collections.Concurrent;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>Versions that are not served any more: each is given back, with its memory, when its last request has ended.</summary>
internal sealed class LeavingModels(LoadStatistics loads, ILogger logger)
{
    private readonly ConcurrentDictionary<ServedModel, bool> _leaving = new(ReferenceEqualityComparer.Instance);

    /// <summary>Those that still have requests.</summary>
    public IEnumerable<ServedModel> All => _leaving.Keys;

    /// <summary>Gives a version back as soon as nobody uses it; after other models were published, so that nobody finds it any more.</summary>
    public void Add(ServedModel model)
    {
        _leaving[model] = true;
        _ = Task.Run(() => GiveBackAsync(model));
    }

    private async Task GiveBackAsync(ServedModel model)
    {
        try
        {
            await model.Uses.EndAsync().ConfigureAwait(false);
            await model.GiveBackAsync().ConfigureAwait(false);
            loads.Unloaded(model.Name);
            logger.ModelUnloaded(model.ToString());
        }
        catch (Exception defect)
        {
            logger.UnloadFailed(defect, model.ToString());
        }
        finally
        {
            _leaving.TryRemove(model, out _);
            await FreedMemory.GiveBackAsync().ConfigureAwait(false);
        }
    }
}
