using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Graphs.Weights;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;

namespace Toolchain.Train.Commands;

/// <summary>What <c>train run</c> and <c>train resume</c> do at their end: they write the weights where that was asked for, and say what came of the run.</summary>
internal static class RunReport
{
    /// <summary>Writes the weights, the text and the JSON result.</summary>
    /// <exception cref="ToolchainException">The file cannot be written; the model is published.</exception>
    public static void Finish(CommandConsole console, TrainingRequest request, TrainingOutcome outcome)
    {
        if (request.OutWeights is { } file)
        {
            WriteWeights(file, outcome.Models[0]);
        }

        Write(console, outcome);
    }

    private static void Write(CommandConsole console, TrainingOutcome outcome)
    {
        var speed = outcome.Trainings.Average(static t => t.ImagesPerSecond);
        foreach (var (model, training) in outcome.Models.Select((m, i) => (m, outcome.Trainings[Math.Min(i, outcome.Trainings.Count - 1)])))
        {
            if (training.EndedEarly is { } reason)
            {
                console.Line($"{model.Model}: ended early, {reason}");
            }

            console.Line(string.Create(CultureInfo.InvariantCulture, $"published {model.Model}: test {Text(model.Test)} (epoch {model.Epoch})"));
        }

        if (outcome.Ensemble is { } ensemble)
        {
            console.Line($"ensemble of {outcome.Models.Count}: test {Text(ensemble)}");
        }

        console.Line(string.Create(CultureInfo.InvariantCulture, $"{speed:n0} images/s, {outcome.Seconds:f1} s; log in {outcome.RunFolder}"));
        console.Result(ToJson(outcome, speed));
    }

    /// <summary>Writes a model's weights into a file of their own.</summary>
    /// <exception cref="ToolchainException">The file cannot be written; the model is published.</exception>
    public static void WriteWeights(string file, TrainedModel model)
    {
        try
        {
            WeightFile.Write(file, model.Weights);
        }
        catch (ToolchainException failure)
        {
            throw new ToolchainException(failure.Kind, $"Model {model.Model} was published, but its weights could not be written: {failure.Message} Once they can be: train export-weights {model.Model} {file}", failure);
        }
    }

    private static string Text(SplitMetrics metrics) => string.Join(", ",
    [
        .. metrics.Accuracy is { } accuracy ? (string[])[string.Create(CultureInfo.InvariantCulture, $"accuracy {accuracy:p2}")] : [],
        string.Create(CultureInfo.InvariantCulture, $"loss {metrics.Loss:f4}"),
        .. metrics.Values?.Where(static v => v.Key is MetricNames.MeanIou or MetricNames.Dice or MetricNames.Mae or MetricNames.R2)
            .Select(static v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value:f4}")) ?? [],
    ]);

    private static JsonObject ToJson(TrainingOutcome outcome, double speed)
    {
        using var process = Process.GetCurrentProcess();
        var test = outcome.Ensemble ?? outcome.Models[0].Test;
        var result = new JsonObject
        {
            ["model"] = outcome.Models[0].Model.ToString(),
            ["accuracy"] = test.Accuracy,
            ["loss"] = test.Loss,
            ["images"] = test.Images,
            ["images_per_second"] = Math.Round(speed, 1),
            ["seconds"] = Math.Round(outcome.Seconds, 3),
            ["peak_rss_bytes"] = process.PeakWorkingSet64,
            ["epochs"] = outcome.Trainings[0].Epochs.Count,
            ["best_epoch"] = outcome.Models[0].Epoch,
            ["ended_early"] = outcome.Trainings[0].EndedEarly,
            ["steps"] = outcome.Trainings[0].Epochs[^1].Steps,
            ["batch"] = outcome.BatchSize,
            ["precision"] = ComputeMode.Text(outcome.Mode.Precision),
            ["layout"] = ComputeMode.Text(outcome.Mode.Layout),
            ["run"] = outcome.RunFolder,
            ["findings"] = new JsonArray([.. outcome.Findings.Select(static f => new JsonObject { ["sign"] = f.Sign, ["epoch"] = f.Epoch, ["message"] = f.Message, ["advice"] = f.Advice })]),
        };
        foreach (var (name, value) in test.Values ?? new Dictionary<string, double>())
        {
            result[name] = value;
        }

        if (outcome.Models.Count > 1)
        {
            result["models"] = new JsonArray([.. outcome.Models.Select(static m => new JsonObject { ["model"] = m.Model.ToString(), ["accuracy"] = m.Test.Accuracy, ["loss"] = m.Test.Loss })]);
        }

        return result;
    }
}
