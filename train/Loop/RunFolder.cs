using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Train.Loop;

/// <summary>
/// The folder of one run, <c>runs/&lt;name&gt;-&lt;time&gt;/</c>: <c>log.jsonl</c>, one JSON object a line, and <c>checkpoints/</c> with the weights of the
/// last whole epoch and of the best one.
/// </summary>
public sealed class RunFolder
{
    private int _lastEpoch;

    private RunFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(Checkpoints);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The run's log.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>The weights of the last whole epoch; absent before the first has ended.</summary>
    public string Last => System.IO.Path.Combine(Checkpoints, "last.safetensors");

    /// <summary>The weights of the best epoch so far.</summary>
    public string Best => System.IO.Path.Combine(Checkpoints, "best.safetensors");

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
                var run = new RunFolder(path);
                if (Claim(run.Log))
                {
                    return run;
                }

                path = $"{stem}-{i}";
            }
        });
    }

    /// <summary>Writes the weights of an epoch that has ended, in place of the previous ones.</summary>
    public void SaveLast(int epoch, IReadOnlyDictionary<string, TensorData> weights)
    {
        Guarded(Last, () =>
        {
            var temporary = Last + ".new";
            SafetensorsFile.Write(temporary, weights, new Dictionary<string, string> { ["epoch"] = epoch.ToString(CultureInfo.InvariantCulture) });
            File.Move(temporary, Last, overwrite: true);
            return true;
        });
        _lastEpoch = epoch;
    }

    /// <summary>Keeps a copy of what <see cref="SaveLast"/> wrote as the best so far.</summary>
    public void KeepLastAsBest() => Guarded(Best, () =>
    {
        File.Copy(Last, Best + ".new", overwrite: true);
        File.Move(Best + ".new", Best, overwrite: true);
        return true;
    });

    /// <summary>The weights of the best epoch, read from the disk when they are asked for.</summary>
    /// <exception cref="ToolchainException">They are gone or damaged.</exception>
    public OrderedWeights BestWeights() => SafetensorsFile.ReadOnDemand(Best).Tensors;

    /// <summary>Says where the last good weights are.</summary>
    public string WhatIsKept() => _lastEpoch > 0
        ? $"The weights of epoch {_lastEpoch} are in {Last}."
        : "No epoch had ended yet, so there is no checkpoint.";

    /// <summary>Does something with the run's files, and says what to do when the file system refuses.</summary>
    /// <exception cref="ToolchainException">It does (<see cref="ErrorKind.Unavailable"/>).</exception>
    internal static T Guarded<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write '{path}': {failure.Message} Free some space or choose another folder with --runs; nothing was published.", failure);
        }
    }

    // Runs that start in the same second, in other processes too, take turns: who makes the log owns the folder.
    private static bool Claim(string log)
    {
        try
        {
            new FileStream(log, FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(log))
        {
            return false;
        }
    }
}
