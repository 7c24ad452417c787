using Toolchain.Data;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;

namespace Toolchain.Train.Loop;

/// <summary>The learning rate range test (Smith 2017, arXiv 1506.01186): trains while the rate grows exponentially, until the loss explodes.</summary>
/// <param name="network">The network, which the test spoils.</param>
/// <param name="feeder">Brings batches to the device.</param>
/// <param name="training">The training samples; epochs follow each other as long as the test lasts.</param>
/// <param name="step">Takes the steps.</param>
internal sealed class LearningRateSearch(GraphExecutor network, BatchFeeder feeder, BatchLoader training, TrainingStep step)
{
    private const double Smoothing = 0.9;
    private const double Exploded = 4;

    /// <summary>Runs the test.</summary>
    /// <param name="from">The first step's rate, above 0.</param>
    /// <param name="to">The last step's rate, above the first.</param>
    /// <param name="steps">Steps, at least 2.</param>
    /// <param name="cancellation">Ends the test with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ToolchainException">Already the first loss is not a number (<see cref="ErrorKind.CheckFailed"/>).</exception>
    public LearningRateReport Run(double from, double to, int steps, CancellationToken cancellation)
    {
        network.Training = true;
        var points = new List<LearningRatePoint>();
        var (average, best) = (0.0, double.PositiveInfinity);
        foreach (var batch in Batches(cancellation).Take(steps))
        {
            var rate = from * Math.Pow(to / from, points.Count / (steps - 1.0));
            var loss = Step(batch, rate);
            if (!double.IsFinite(loss))
            {
                return points.Count > 0
                    ? new(points, Diverged: true)
                    : throw new ToolchainException(ErrorKind.CheckFailed, $"The loss of the first batch is {loss}, before any training. Look at the data with 'train data', or use --precision float32.");
            }

            average = (Smoothing * average) + ((1 - Smoothing) * loss);
            var smoothed = average / (1 - Math.Pow(Smoothing, points.Count + 1));
            best = Math.Min(best, smoothed);
            points.Add(new(rate, loss, smoothed));
            if (smoothed > Exploded * best)
            {
                return new(points, Diverged: true);
            }
        }

        return new(points, Diverged: false);
    }

    private IEnumerable<Batch> Batches(CancellationToken cancellation)
    {
        for (var epoch = 1; ; epoch++)
        {
            foreach (var batch in training.Epoch(epoch, cancellation))
            {
                yield return batch;
            }
        }
    }

    private double Step(Batch batch, double rate)
    {
        using (batch)
        {
            using var meter = new EpochMeter(training.Dataset.Task, network.Device.type, requireFinite: false);
            step.Accumulate(network, feeder, batch, meter, 1);
            step.Update(new(rate));
            meter.Look();
            return meter.LastLoss;
        }
    }
}
