using System.Runtime.InteropServices;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Verification;

/// <summary>How good a model is on a test split.</summary>
/// <param name="Metric"><c>accuracy</c>, the share of images, or of a segmentation's pixels, whose class is right; or <c>mse</c>, the mean squared error of a regression.</param>
/// <param name="Value">0..1 of an accuracy; in the square of the targets' unit of an error.</param>
/// <param name="Samples">Samples that it was measured on.</param>
internal sealed record TestScore(string Metric, double Value, int Samples)
{
    private const string AccuracyMetric = "accuracy";

    /// <summary>The accuracy; null of a regression.</summary>
    public double? Accuracy => Metric == AccuracyMetric ? Value : null;

    /// <summary>The metric of a task.</summary>
    public static string MetricOf(ModelTask task) => task == ModelTask.Regression ? MetricNames.Mse : AccuracyMetric;

    /// <summary>Runs a model over a split.</summary>
    /// <param name="model">The model.</param>
    /// <param name="test">The samples.</param>
    /// <param name="batch">Samples per run.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    public static TestScore Measure(LoadedModel model, Dataset test, int batch, CancellationToken cancellation)
    {
        var (sum, count) = (0.0, 0L);
        var loader = new BatchLoader(test, Enumerable.Range(0, test.Count).ToArray(), new() { BatchSize = batch });
        foreach (var samples in loader.Epoch(0, cancellation))
        {
            using (samples)
            {
                var found = model.Run(Bytes(samples), samples.Count);
                var (part, parts) = test.Task == ModelTask.Regression ? SquaredErrors(found, samples.Values) : Right(found, samples.Labels);
                (sum, count) = (sum + part, count + parts);
            }
        }

        return new(MetricOf(test.Task), count == 0 ? 0 : sum / count, test.Count);
    }

    /// <summary>What the trainer measured; null when it did not.</summary>
    public double? OfTrainer(ModelVersion version) => version.Manifest.Metrics.GetValueOrDefault("test") switch
    {
        null => null,
        var metrics when Metric == AccuracyMetric => metrics.Accuracy,
        { Values: { } values } when values.TryGetValue(Metric, out var value) => value,
        _ => null,
    };

    /// <summary>The score beside the trainer's, for people.</summary>
    public string Describe(ModelVersion version) =>
        $"{Text(Value)} on {Display.Count(Samples, $"test {Verification.Samples.Noun(version)}")}, the trainer's is {Text(OfTrainer(version))}";

    private string Text(double? value) => Metric == AccuracyMetric ? Display.Percent(value) : Display.Number(value);

    private static ReadOnlyMemory<byte> Bytes(Batch batch) => batch.Dataset.Inputs is TableInputs
        ? MemoryMarshal.AsBytes(batch.Numbers).ToArray()
        : batch.PixelBuffer.AsMemory(0, batch.Pixels.Length);

    private static (double Sum, long Count) SquaredErrors(TensorData found, ReadOnlySpan<float> targets)
    {
        var values = found.Values<float>();
        var sum = 0.0;
        if (values.Length != targets.Length)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The model gives values of shape {found.Dimensions} for {targets.Length} targets. Name the data set that it was trained for.");
        }

        for (var i = 0; i < values.Length; i++)
        {
            sum += Math.Pow((double)values[i] - targets[i], 2);
        }

        return (sum, values.Length);
    }

    // Logits lie class by class: those of one image's pixels, or of the image as its only pixel, are a plane.
    private static (double Sum, long Count) Right(TensorData found, ReadOnlySpan<long> labels)
    {
        var logits = found.Values<float>();
        var classes = (int)found.Dimensions[1];
        var plane = (int)(found.ElementCount / found.Dimensions[0] / classes);
        if (labels.Length != found.Dimensions[0] * plane)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The model gives logits of shape {found.Dimensions} for {labels.Length} labels; expected one row or pixel for each. Name the data set that it was trained for.");
        }

        var (right, count) = (0L, 0L);
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] != MaskTargets.Ignored || found.Dimensions.Count == 2)
            {
                right += labels[i] == Largest(logits[((i / plane * plane * classes) + (i % plane))..], classes, plane) ? 1 : 0;
                count++;
            }
        }

        return (right, count);
    }

    // A single logit is that of the second of two classes.
    private static int Largest(ReadOnlySpan<float> logits, int classes, int stride)
    {
        if (classes == 1)
        {
            return logits[0] > 0 ? 1 : 0;
        }

        var best = 0;
        for (var i = 1; i < classes; i++)
        {
            best = logits[i * stride] > logits[best * stride] ? i : best;
        }

        return best;
    }
}
