using Toolchain.Data;
using Toolchain.Registry;
using Toolchain.Train.Evaluation;
using TorchSharp;

namespace Toolchain.Train.Reports;

/// <summary>A wrongly classified test image.</summary>
/// <param name="Mistake">What was taken for what.</param>
/// <param name="Png">The image as a PNG file, made smaller where it is large; null for a row of a table.</param>
/// <param name="IsPhoto">Whether it is large enough to be smoothed when it is shown.</param>
internal sealed record MistakePicture(Mistake Mistake, byte[]? Png, bool IsPhoto);

/// <summary>What a run's model does on the test split, in float32.</summary>
/// <param name="Data">The data set's reference.</param>
/// <param name="Names">The classes, or the columns of values.</param>
/// <param name="Metrics">The figures.</param>
/// <param name="Classes">All about classes of images; null for other tasks.</param>
/// <param name="Mistakes">The worst mistakes, the highest loss first; empty for other tasks.</param>
/// <param name="Other">All about values or masks; null for classes of images.</param>
/// <param name="Doubt">Why the figures may not be those of the run; null where nothing speaks against them.</param>
internal sealed record TestResult(
    string Data, IReadOnlyList<string> Names, SplitMetrics Metrics, ClassificationReport? Classes, IReadOnlyList<MistakePicture> Mistakes, TaskReport? Other, string? Doubt)
{
    private const int LargestSide = 160;
    private const int SmallestPhoto = 64;

    /// <summary>Measures a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The data set.</param>
    /// <param name="reading">How it is read; files are decoded to the size and colours of the model's input.</param>
    /// <param name="mistakes">How many of the worst mistakes to show.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ToolchainException">The data is not there or damaged, or does not fit the model.</exception>
    public static TestResult Measure(PublishedModel model, string data, DatasetOptions reading, int mistakes, torch.Device device, CancellationToken cancellation)
    {
        var (version, input) = (model.Version, model.Version.Manifest.Preprocessing);
        var opened = DatasetCatalog.Open(data, reading.For(input));
        var (found, _) = EvaluationSplits.Find(EvaluationSplit.Test, opened, [version]);
        var doubt = version.Manifest.Training?.Data is { } trained && (trained.TestHash is { } hash ? found.ContentHash != hash : opened.Train.ContentHash != trained.ContentHash)
            ? $"{data} is not what {version} was trained on: its content has another hash. The figures below are of the samples as they are now."
            : null;

        // A run with growing images ends at another size than that of the data.
        var samples = found.Inputs is ImageInputs ? found.Resized(input.Height, input.Width) : found;
        var names = EvaluationFit.Require([version], [model.Graph], opened with { Test = samples });
        switch (samples.Task)
        {
            case ModelTask.Classification:
                using (var classifier = new Classifier(version.ToString(), model.Graph, input, device))
                {
                    var options = new EvaluationOptions { Confusion = true, WorstMistakes = mistakes };
                    var measured = Evaluator.Evaluate([classifier], samples, Enumerable.Range(0, samples.Count).ToArray(), options, cancellation);
                    return new(data, names, measured.Report.ToMetrics(), measured.Report, [.. measured.Mistakes.Select(m => Picture(samples, m))], null, doubt);
                }

            case ModelTask.Segmentation:
                return Other(TaskReport.Of(TestMeasurement.Segmentation(model.Graph, input, samples, new EvaluationOptions().BatchSize, device, cancellation), names));

            case ModelTask.Regression:
                return Other(TaskReport.Of(TestMeasurement.Regression(model.Graph, input, samples, new EvaluationOptions().BatchSize, device, cancellation), names));

            default:
                throw new InvalidOperationException($"Unknown task {samples.Task}.");
        }

        TestResult Other(TaskReport report) => new(data, names, report.Metrics, null, [], report, doubt);
    }

    private static MistakePicture Picture(Dataset samples, Mistake mistake)
    {
        if (samples.Inputs is not ImageInputs)
        {
            return new(mistake, null, false);
        }

        var one = samples.Subset([mistake.Index]);
        var scale = Math.Min(1, (double)LargestSide / Math.Max(one.Height, one.Width));
        var shown = scale < 1 ? one.Resized((int)Math.Ceiling(one.Height * scale), (int)Math.Ceiling(one.Width * scale)) : one;
        return new(mistake, Inside.Picture.Of(shown.Image(0), shown.Height, shown.Width, shown.Channels).Png(), Math.Max(one.Height, one.Width) >= SmallestPhoto);
    }
}
