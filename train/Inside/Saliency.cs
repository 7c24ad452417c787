using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Inside;

/// <summary>
/// Which pixels a score depends on: the absolute derivative of the score by each pixel, the largest over the channels (Simonyan et al. 2013,
/// arXiv 1312.6034, section 3), of the normalised image. With samples the derivative is averaged over as many noisy copies before (SmoothGrad, Smilkov et
/// al. 2017, arXiv 1706.03825), which takes away most of its speckle.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="samples">Noisy copies of each image; 0 for the derivative at the image itself.</param>
/// <param name="noise">The noise's standard deviation as a share of the image's range; 0.15 by default, of the paper's 0.1 to 0.2.</param>
/// <param name="seed">Decides the noise.</param>
internal sealed class Saliency(ScoredNetwork network, int samples = 0, double noise = 0.15, long seed = 0)
{
    /// <summary>The maps of a batch.</summary>
    /// <param name="inputs"><c>float32 [N, C, H, W]</c>, normalised, on the network's device.</param>
    /// <param name="outputs">The output to explain for each image, <c>int64 [N]</c>.</param>
    /// <returns><c>float32 [N, H, W]</c>; the current dispose scope owns it.</returns>
    public Tensor Of(Tensor inputs, Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var gradient = samples == 0 ? Gradient(inputs, outputs) : Smoothed(inputs, outputs);
        return scope.MoveToOuter(gradient.abs().amax([1L]));
    }

    private Tensor Smoothed(Tensor inputs, Tensor outputs)
    {
        using var generator = new Generator((ulong)seed);
        var deviation = inputs.amax([1L, 2L, 3L], true).sub(inputs.amin([1L, 2L, 3L], true)).mul(noise);
        var sum = zeros_like(inputs);
        for (var i = 0; i < samples; i++)
        {
            using var scope = NewDisposeScope();
            var noisy = inputs.add(randn(inputs.shape, generator: generator).to(network.Device).mul(deviation));
            sum.add_(Gradient(noisy, outputs));
        }

        return sum.div(samples);
    }

    private Tensor Gradient(Tensor inputs, Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var pixels = inputs.detach().requires_grad_();

        // No image's score depends on another image, so the sum's gradient holds every image's own.
        var score = network.Scores(pixels).gather(1, outputs.unsqueeze(1)).sum();
        return scope.MoveToOuter(autograd.grad([score], [pixels])[0]);
    }
}
