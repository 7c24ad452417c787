using System.Diagnostics.CodeAnalysis;

namespace Toolchain.Serve.Models;

/// <summary>Notices that a registry changed: the operating system says so where it can, and it is looked at every so often in any case, because file systems of networks and containers do not.</summary>
/// <param name="root">The registry's folder.</param>
/// <param name="interval">How often to look.</param>
/// <param name="logger">Says when the operating system does not help.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing, and the operating system may still tell of a change afterwards.")]
internal sealed class RegistryWatch(string root, TimeSpan interval, ILogger logger)
{
    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>Calls back after every change until it is cancelled; changes that happen meanwhile are one.</summary>
    /// <param name="follow">Follows the registry; it is called again later when it fails.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task RunAsync(Func<Task> follow, CancellationToken cancellationToken)
    {
        using var watcher = Listen();
        var followed = "";
        while (!cancellationToken.IsCancellationRequested)
        {
            var stamp = await StampAsync().ConfigureAwait(false);
            if (stamp != followed && await TryFollowAsync(follow).ConfigureAwait(false))
            {
                // What changed meanwhile may have been read or not, and may be changed back: it is followed again whatever it looks like then.
                followed = await StampAsync().ConfigureAwait(false) == stamp ? stamp : "";
            }

            await ((Task)_changed.WaitAsync(interval, cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<string> StampAsync() => OwnThread.RunAsync(() => RegistryStamp.Of(root));

    private async Task<bool> TryFollowAsync(Func<Task> follow)
    {
        try
        {
            await follow().ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception problem)
        {
            // What is served stays as it is; the next look may find the disk well again.
            logger.RegistryUnreadable(problem.Message);
            return false;
        }
    }

    private FileSystemWatcher? Listen()
    {
        FileSystemWatcher? watcher = null;
        try
        {
            // Versions and aliases appear by a rename; what writers do before that is of no interest.
            watcher = new(root) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.DirectoryName | NotifyFilters.FileName };
            watcher.Created += (_, change) => Notice(change);
            watcher.Deleted += (_, change) => Notice(change);
            watcher.Renamed += (_, change) => Notice(change);
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception refusal) when (refusal is IOException or ArgumentException or PlatformNotSupportedException)
        {
            watcher?.Dispose();
            logger.RegistryPolled(root, interval.TotalSeconds, refusal.Message);
            return null;
        }
    }

    private void Notice(FileSystemEventArgs change)
    {
        if (!Path.GetFileName(change.Name.AsSpan()).StartsWith("."))
        {
            try
            {
                _changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // It is noticed already.
            }
        }
    }
}
