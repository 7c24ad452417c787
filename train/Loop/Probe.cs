using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Train.Execution;
using static TorchSharp.torch;

namespace Toolchain.Train.Loop;

/// <summary>
/// A few images with the logits that the trainer computes for them in float32: it travels with the model, and every hand-over is checked against it.
/// </summary>
/// <param name="Pixels"><c>uint8 [n, H, W, C]</c>.</param>
/// <param name="Logits"><c>float32 [n, classes]</c>.</param>
internal sealed record Probe(TensorData Pixels, TensorData Logits)
{
    private const int LargestCount = 8;

    /// <summary>Computes the probe of a network on the first images of a data set.</summary>
    public static Probe Compute(GraphExecutor network, ImageFeeder feeder, ImageDataset images)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var count = Math.Min(LargestCount, images.Count);
        var pixels = images.Pixels[..(count * images.ImageBytes)];
        var logits = network.Forward(feeder.Load(pixels.Span, count)).ToTensorData();
        return new(new(ElementType.UInt8, [count, images.Height, images.Width, images.Channels], pixels), logits);
    }
}
