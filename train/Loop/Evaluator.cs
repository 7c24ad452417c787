using Toolchain.Data;
using Toolchain.Train.Execution;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Loop;

/// <summary>Measures a network on labelled images in evaluation mode: running statistics, no dropout, no gradients.</summary>
public static class Evaluator
{
    /// <summary>Mean loss and accuracy over all images of a loader; the loss of a network that computes no numbers is none either.</summary>
    public static SplitScore Measure(GraphExecutor network, ImageFeeder feeder, BatchLoader loader, CancellationToken cancellation)
    {
        using var frozen = no_grad();
        using var meter = new EpochMeter(network.Device.type, requireFinite: false);
        var trained = network.Training;
        network.Training = false;
        try
        {
            foreach (var batch in loader.Epoch(0, cancellation))
            {
                using (batch)
                {
                    using var scope = NewDisposeScope();
                    var (images, labels) = feeder.Load(batch);
                    var logits = network.Forward(images);
                    meter.Add(0, F.cross_entropy(logits, labels), logits, labels);
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
}
