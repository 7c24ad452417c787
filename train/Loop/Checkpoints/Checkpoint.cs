using System.Text.Json;
using Toolchain.Graphs;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Train.Loop.Checkpoints;

/// <summary>
/// A training between two steps, as a file of <see cref="SealedTensors"/>: the master weights, the optimiser's state and the average of the weights by what
/// they are of, and a <see cref="TrainerState"/> as JSON in the file's metadata.
/// </summary>
/// <param name="State">What is no tensor.</param>
/// <param name="Weights">Parameters and running statistics, in full precision.</param>
/// <param name="Optimizer">The optimiser's tensors by kind and parameter.</param>
/// <param name="Average">The average of every parameter and buffer; empty where there is none.</param>
internal sealed record Checkpoint(
    TrainerState State,
    IReadOnlyDictionary<string, TensorData> Weights,
    IReadOnlyDictionary<string, TensorData> Optimizer,
    IReadOnlyDictionary<string, TensorData> Average)
{
    private const string FormatName = "toolchain training state";
    private const string Format = $"{FormatName} 2";
    private const string WeightPart = "weight.";
    private const string OptimizerPart = "optimizer.";
    private const string AveragePart = "average.";

    /// <summary>Writes the file: beside its place first, then flushed to disk and renamed.</summary>
    /// <exception cref="ToolchainException">The file system refuses (<see cref="ErrorKind.Unavailable"/>); what was there before is unchanged.</exception>
    public void Write(string path) => SealedTensors.Write(
        path,
        Named(WeightPart, Weights).Concat(Named(OptimizerPart, Optimizer)).Concat(Named(AveragePart, Average)),
        new Dictionary<string, string> { ["format"] = Format, ["state"] = State.Write() });

    /// <summary>Reads a file; its tensors are windows of it.</summary>
    /// <exception cref="ToolchainException">
    /// It is missing (<see cref="ErrorKind.NotFound"/>), damaged or no training state (<see cref="ErrorKind.BadInput"/>), or another toolchain's (<see cref="ErrorKind.Mismatch"/>).
    /// </exception>
    public static Checkpoint Read(string path)
    {
        var format = SafetensorsFile.ReadOnDemand(path).Metadata.GetValueOrDefault("format");
        if (format is not Format && format?.StartsWith(FormatName, StringComparison.Ordinal) == true)
        {
            throw new ToolchainException(ErrorKind.Mismatch, $"'{path}' is a training state of another toolchain: its format is '{format}', and this one knows '{Format}'. Go on with the toolchain that began the run.");
        }

        var file = SealedTensors.Read(path);
        try
        {
            return new(TrainerState.Read(file.Metadata.GetValueOrDefault("state", "null")), Part(file, WeightPart), Part(file, OptimizerPart), Part(file, AveragePart));
        }
        catch (JsonException damage)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The training state in '{path}' cannot be read: {damage.Message}", damage);
        }
    }

    private static IEnumerable<KeyValuePair<string, TensorData>> Named(string part, IReadOnlyDictionary<string, TensorData> tensors) =>
        tensors.Select(t => KeyValuePair.Create(part + t.Key, t.Value));

    private static Dictionary<string, TensorData> Part(SafetensorsFile file, string part) => file.Tensors
        .Where(t => t.Key.StartsWith(part, StringComparison.Ordinal))
        .ToDictionary(t => t.Key[part.Length..], static t => t.Value, StringComparer.Ordinal);
}
