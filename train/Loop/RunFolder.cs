using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Train.Loop;

/// <summary>
/// The folder of one run, <c>runs/&lt;name&gt;-&lt;time&gt;/</c>: <c>log.jsonl</c>, one JSON object a line, and <c>checkpoints/</c> with the weights of the
/// last whole epoch and of the best one. Disposing closes the log.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private readonly StreamWriter _log;
    private int _lastEpoch;

    private RunFolder(string path, FileStream log)
    {
        (Path, _log) = (path, new(log) { AutoFlush = true });
        Directory.CreateDirectory(Checkpoints);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

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
                Directory.CreateDirectory(path);
                if (Claim(System.IO.Path.Combine(path, "log.jsonl")) is { } log)
                {
                    return new RunFolder(path, log);
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

    /// <summary>Writes an epoch's line.</summary>
    public void Log(EpochReport report) => Log("epoch", new JsonObject
    {
        ["epoch"] = report.Epoch,
        ["steps"] = report.Steps,
        ["train_loss"] = report.Train.Loss,
        ["train_accuracy"] = report.Train.Accuracy,
        ["validation_loss"] = report.Validation is { Loss: var loss } && double.IsFinite(loss) ? loss : null,
        ["validation_accuracy"] = report.Validation?.Accuracy,
        ["learning_rate"] = report.LearningRate,
        ["images_per_second"] = Math.Round(report.ImagesPerSecond, 1),
        ["seconds"] = Math.Round(report.Seconds, 3),
    });

    /// <summary>Writes a line of the given kind.</summary>
    public void Log(string kind, JsonObject values)
    {
        var line = new JsonObject { ["kind"] = kind };
        foreach (var (name, value) in values)
        {
            line[name] = value?.DeepClone();
        }

        Guarded(Path, () =>
        {
            _log.WriteLine(line.ToJsonString(JsonSerializerOptions.Web));
            return true;
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    // Runs that start in the same second, in other processes too, take turns: who makes the log owns the folder.
    private static FileStream? Claim(string log)
    {
        try
        {
            // Without a buffer of its own, the stream has nothing left to write, and to fail on, when it is closed after a failure.
            return new(log, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(log))
        {
            return null;
        }
    }

    private static T Guarded<T>(string path, Func<T> action)
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
}
