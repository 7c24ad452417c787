using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>The metrics of a trained graph on a data set, whatever its task, as manifests hold them. Computed in float32, in evaluation mode.</summary>
public static class TestMeasurement
{
    private const int BatchSize = 128;

    /// <summary>Measures a graph on all samples of a data set.</summary>
    /// <param name="name">What messages call the model.</param>
    /// <param name="graph">The trained graph.</param>
    /// <param name="preprocessing">How samples become its input.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    public static SplitMetrics Of(string name, Graph graph, Preprocessing preprocessing, Dataset samples, Device device, CancellationToken cancellation)
    {
        switch (samples.Task)
        {
            case ModelTask.Classification:
                using (var classifier = new Classifier(name, graph, preprocessing, device))
                {
                    return Evaluator.Evaluate([classifier], samples, Enumerable.Range(0, samples.Count).ToArray(), new(), cancellation).Report.ToMetrics();
                }

            case ModelTask.Segmentation:
                return Segmentation(graph, preprocessing, samples, BatchSize, device, cancellation).ToMetrics();

            case ModelTask.Regression:
                return Regression(graph, preprocessing, samples, BatchSize, device, cancellation).ToMetrics();

            default:
                throw new InvalidOperationException($"Unknown task {samples.Task}.");
        }
    }

    /// <summary>The classes of pixels that a graph finds in all images of a data set.</summary>
    public static SegmentationReport Segmentation(Graph graph, Preprocessing preprocessing, Dataset samples, int batchSize, Device device, CancellationToken cancellation)
    {
        using var meter = new SegmentationMeter(OutputForms.Of(graph));
        Feed(graph, preprocessing, samples, batchSize, device, meter.Add, cancellation);
        return meter.Report();
    }

    /// <summary>The values that a graph estimates for all samples of a data set.</summary>
    public static RegressionReport Regression(Graph graph, Preprocessing preprocessing, Dataset samples, int batchSize, Device device, CancellationToken cancellation)
    {
        using var meter = new RegressionMeter();
        Feed(graph, preprocessing, samples, batchSize, device, meter.Add, cancellation);
        return meter.Report();
    }

    private static void Feed(Graph graph, Preprocessing preprocessing, Dataset samples, int batchSize, Device device, Action<Tensor, Tensor> add, CancellationToken cancellation)
    {
        using var frozen = no_grad();
        using var network = new GraphExecutor(graph, device);
        using var feeder = new BatchFeeder(preprocessing, device, ComputeMode.Default);
        foreach (var batch in new BatchLoader(samples, Enumerable.Range(0, samples.Count).ToArray(), new() { BatchSize = batchSize }).Epoch(0, cancellation))
        {
            using (batch)
            {
                using var scope = NewDisposeScope();
                var loaded = feeder.Load(batch);
                add(network.Forward(loaded.Inputs), loaded.Truth);
            }
        }
    }
}
