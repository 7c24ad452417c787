using Toolchain.Data;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using static TorchSharp.torch;

namespace Toolchain.Train.Evaluation;

/// <summary>Measures networks on labelled images in evaluation mode: running statistics, no dropout, no gradients.</summary>
public static class Evaluator
{
    /// <summary>Mean loss and accuracy over all images of a loader; the loss of a network that computes no numbers is none either.</summary>
    /// <param name="network">The network; it is left in the mode that it was in.</param>
    /// <param name="feeder">How images become its input.</param>
    /// <param name="loader">The images.</param>
    /// <param name="loss">What is averaged.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <param name="watch">Collects what else there is to see; null, the default, for nothing.</param>
    public static SplitScore Measure(
        GraphExecutor network, BatchFeeder feeder, BatchLoader loader, Loss loss, CancellationToken cancellation, ValidationWatch? watch = null)
    {
        using var frozen = no_grad();
        using var meter = new EpochMeter(loader.Dataset.Task, network.Device.type, requireFinite: false);
        var trained = network.Training;
        network.Training = false;
        try
        {
            foreach (var batch in loader.Epoch(0, cancellation))
            {
                using (batch)
                {
                    using var scope = NewDisposeScope();
                    var loaded = feeder.Load(batch);
                    var output = watch is null ? network.Forward(loaded.Inputs) : watch.Forward(network, loaded.Inputs);
                    watch?.Add(batch, loaded, output);
                    meter.Add(0, loss.Compute(output, loaded.Targets), output, loaded.Truth);
                }
            }

            meter.Look();
            return meter.Score;
        }
        finally
        {
            network.Training = trained;
        }
    }

    /// <summary>Everything that is known of a classifier's predictions, or of an ensemble's: the mean of its members' probabilities. One pass, in memory that does not grow with the images.</summary>
    /// <param name="members">One classifier or several on one device, for the same classes and images.</param>
    /// <param name="images">The data set.</param>
    /// <param name="indices">Which of its images.</param>
    /// <param name="options">What to collect.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ToolchainException">A top-k that the classes do not have (<see cref="ErrorKind.Usage"/>).</exception>
    public static EvaluationReport Evaluate(
        IReadOnlyList<Classifier> members, Dataset images, ReadOnlySpan<int> indices, EvaluationOptions options, CancellationToken cancellation)
    {
        using var collected = new EvaluationMeters(members.Count, options);
        var loader = new BatchLoader(images, indices, new() { BatchSize = options.BatchSize });
        var done = 0;
        foreach (var batch in loader.Epoch(0, cancellation))
        {
            using (batch)
            {
                using var scope = NewDisposeScope();
                var predictions = members.Select(m => m.Predict(batch, options.Augmentation)).ToArray();
                collected.Add([.. predictions.Select(static p => p.LogProbabilities)], predictions[0].Labels, indices.Slice(done, batch.Count));
                done += batch.Count;
            }
        }

        return collected.Report([.. members.Select(static m => m.Name)]);
    }
}
