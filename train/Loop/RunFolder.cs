using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Train.Loop.Checkpoints;

namespace Toolchain.Train.Loop;

/// <summary>
/// The folder of one run, <c>runs/&lt;name&gt;-&lt;time&gt;/</c>: <c>run.json</c> with what was asked for (<see cref="RunSpec"/>), <c>log.jsonl</c>, one JSON
/// object a line, <c>result.json</c> with what came of it (<see cref="RunResult"/>), and <c>checkpoints/</c> with the weights of the last whole epoch and of
/// the best one, and training states to go on from. One process has it at a time; disposing releases it.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string EpochKey = "epoch";

    private readonly FileStream _lock;
    private int _lastEpoch;

    private RunFolder(string path, FileStream held)
    {
        (Path, _lock) = (path, held);
        Directory.CreateDirectory(Checkpoints);
        States = new(Checkpoints);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The run's log.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>The weights of the last whole epoch; absent before the first has ended.</summary>
    public string Last => System.IO.Path.Combine(Checkpoints, "last.safetensors");

    /// <summary>The weights of the best epoch so far.</summary>
    public string Best => System.IO.Path.Combine(Checkpoints, "best.safetensors");

    /// <summary>The training states.</summary>
    internal CheckpointFolder States { get; }

    private string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>Makes a new folder under <paramref name="root"/>.</summary>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static RunFolder Create(string root, string name, TimeProvider time)
    {
        var stem = System.IO.Path.Combine(root, $"{name}-{time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}");
        return Guarded(stem, () =>
        {
            var path = stem;
            for (var i = 2; ; i++)
            {
                Directory.CreateDirectory(path);
                if (Claim(path, FileMode.CreateNew) is { } held)
                {
                    return new RunFolder(path, held);
                }

                path = $"{stem}-{i}";
            }
        });
    }

    /// <summary>Opens the folder of a run that was interrupted, or has ended.</summary>
    /// <exception cref="ToolchainException">There is none (<see cref="ErrorKind.NotFound"/>), or another process has it (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static RunFolder Open(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, RunSpec.FileName)))
        {
            throw new ToolchainException(ErrorKind.NotFound, Directory.Exists(path)
                ? $"'{path}' is not a run that can be resumed: it has no {RunSpec.FileName}. A run that was ended before its first step is begun again with train run."
                : $"There is no run '{path}'.");
        }

        return At(path);
    }

    /// <summary>Makes or opens the folder of a given name.</summary>
    /// <exception cref="ToolchainException">Another process has it, or the file system refuses (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static RunFolder At(string path) => Guarded(path, () =>
    {
        Directory.CreateDirectory(path);
        var held = Claim(path, FileMode.OpenOrCreate)
            ?? throw new ToolchainException(ErrorKind.Unavailable, $"Run '{path}' is at work in another process. Wait until it has ended, or end it.");
        var run = new RunFolder(path, held);
        run.States.RemoveLeftovers();
        run._lastEpoch = EpochOf(run.Last, out _) ?? 0;
        return run;
    });

    /// <summary>Writes the weights of an epoch that has ended, in place of the previous ones.</summary>
    public void SaveLast(int epoch, IReadOnlyDictionary<string, TensorData> weights)
    {
        Guarded(Last, () =>
        {
            SealedTensors.Write(Last, weights, new Dictionary<string, string> { [EpochKey] = epoch.ToString(CultureInfo.InvariantCulture) });
            return true;
        });
        _lastEpoch = epoch;
    }

    /// <summary>Keeps a copy of what <see cref="SaveLast"/> wrote as the best so far.</summary>
    public void KeepLastAsBest() => Guarded(Best, () =>
    {
        var temporary = Best + ".new";
        try
        {
            File.Copy(Last, temporary, overwrite: true);
            using (var file = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(file);
            }

            File.Move(temporary, Best, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return true;
    });

    /// <summary>The weights of the best epoch, read from the disk when they are asked for.</summary>
    /// <exception cref="ToolchainException">They are gone (<see cref="ErrorKind.NotFound"/>) or damaged (<see cref="ErrorKind.BadInput"/>).</exception>
    public OrderedWeights BestWeights() => SealedTensors.ReadOnDemand(Best).Tensors;

    /// <summary>The newest training state that can be read, with the best epoch's weights in their place; null where the training begins.</summary>
    /// <param name="warn">Is told of damage that costs no more than time.</param>
    /// <exception cref="ToolchainException">The best epoch's weights are lost (<see cref="ErrorKind.BadInput"/>), or the state is another toolchain's (<see cref="ErrorKind.Mismatch"/>).</exception>
    internal Checkpoint? Latest(Action<string> warn)
    {
        var latest = States.Latest(warn);
        if (latest is { State.Best.Epoch: > 0 and var best } && EpochOf(Best, out var damage) is null)
        {
            if (EpochOf(Last, out _) != best)
            {
                throw new ToolchainException(
                    ErrorKind.BadInput,
                    $"{damage} These are the weights of the best epoch so far, {best}, and no copy of them is left, so the run cannot go on as if nothing had happened. Put the file back, or begin the run anew with train run.");
            }

            warn($"{damage} The copy in '{Last}' is taken.");
            KeepLastAsBest();
        }

        return latest;
    }

    /// <summary>Writes a training state.</summary>
    /// <returns>The file.</returns>
    internal string Save(Checkpoint checkpoint) => Guarded(Checkpoints, () => States.Save(checkpoint));

    /// <summary>Says where the last good weights are.</summary>
    public string WhatIsKept() => _lastEpoch > 0
        ? $"The weights of epoch {_lastEpoch} are in {Last}."
        : "No epoch had ended yet.";

    /// <summary>Says how to go on, with a space before it; empty where there is nothing to go on from.</summary>
    public string HowToGoOn() => States.IsEmpty ? "" : $" Go on with: train resume {Path}";

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Does something with the run's files, and says what to do when the file system refuses.</summary>
    /// <exception cref="ToolchainException">It does (<see cref="ErrorKind.Unavailable"/>).</exception>
    internal static T Guarded<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ToolchainException { Kind: ErrorKind.Unavailable, InnerException: not null })
        {
            var refused = failure is ToolchainException ? failure.Message : $"Cannot write '{path}': {failure.Message}";
            throw new ToolchainException(ErrorKind.Unavailable, $"{refused} Free some space or choose another folder with --runs; nothing was published.", failure);
        }
    }

    // The epoch that a file's weights are of; null where they cannot be trusted.
    private static int? EpochOf(string path, out string? damage)
    {
        try
        {
            damage = null;
            return int.Parse(SealedTensors.ReadOnDemand(path).Metadata[EpochKey], CultureInfo.InvariantCulture);
        }
        catch (ToolchainException unreadable) when (unreadable.Kind is ErrorKind.BadInput or ErrorKind.NotFound)
        {
            damage = unreadable.Message;
            return null;
        }
    }

    // Runs that start in the same second, in other processes too, take turns: who makes the lock owns the folder.
    private static FileStream? Claim(string path, FileMode mode)
    {
        var file = System.IO.Path.Combine(path, ".lock");
        try
        {
            return FileLock.TryTake(file, mode, FileAccess.ReadWrite);
        }
        catch (IOException) when (mode == FileMode.CreateNew && File.Exists(file))
        {
            return null;
        }
    }
}
