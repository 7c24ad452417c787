using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Inside;

/// <summary>An input that was optimised for a target.</summary>
/// <param name="Target">The target.</param>
/// <param name="Image">The input.</param>
/// <param name="Before">The target's number for the first input.</param>
/// <param name="After">The target's number for this one.</param>
/// <param name="Scores">The network's scores for it.</param>
internal sealed record Dream(DreamTarget Target, Picture Image, double Before, double After, EquatableArray<float> Scores);

/// <summary>
/// Activation maximisation, the notes' «deep dreams»: the optimiser is given the input instead of the weights (Erhan et al., «Visualizing Higher-Layer
/// Features of a Deep Network», 2009; Simonyan et al. 2013, arXiv 1312.6034, section 2). All targets are one batch.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="input">How pixels become its input.</param>
/// <param name="options">How to go about it.</param>
internal sealed class Dreamer(ScoredNetwork network, Preprocessing input, DreamOptions options)
{
    /// <summary>Dreams of each target.</summary>
    /// <param name="targets">At least one.</param>
    /// <param name="start">The first input, <c>uint8 [H, W, C]</c>; empty for noise around the data's mean.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    public IReadOnlyList<Dream> Run(IReadOnlyList<DreamTarget> targets, ReadOnlySpan<byte> start, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (scale, offset) = (PerChannel(c => 255 * input.Scale(c)), PerChannel(input.Offset));
        var pixels = First(start).repeat(targets.Count, 1, 1, 1).to(network.Device).requires_grad_();
        var (before, _) = Measure();
        var random = new SeededRandom(options.Seed, 1);
        using (var optimizer = new Adam([new ParameterGroup("input", new Dictionary<string, Tensor> { ["pixels"] = pixels })]))
        {
            for (var step = 0; step < options.Steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                Update(optimizer, (Offset(ref random), Offset(ref random)));
            }
        }

        var (after, scores) = Measure();
        var values = pixels.ToTensorData().Values<float>();
        var length = values.Length / targets.Count;
        var dreams = new Dream[targets.Count];
        for (var i = 0; i < dreams.Length; i++)
        {
            dreams[i] = new(targets[i], Picture.Of(values.Slice(i * length, length), input.Height, input.Width), before[i], after[i], scores[i]);
        }

        return dreams;

        void Update(Adam optimizer, (long Down, long Right) move)
        {
            using var inner = NewDisposeScope();
            var normalised = pixels.mul(scale).add(offset);
            var (objectives, _) = Objectives(normalised.roll((move.Down, move.Right), (2L, 3L)));
            var loss = Variation(pixels).mul(options.TotalVariation).add(normalised.square().sum(), options.Decay).sub(objectives.sum());
            loss.backward();
            optimizer.Step(new StepRate(options.LearningRate));
            using var frozen = no_grad();
            pixels.copy_(pixels.clamp(0.0, 1.0));
        }

        (Tensor Objectives, Tensor Scores) Objectives(Tensor normalised)
        {
            var watched = targets.Select(static t => t.Layer).OfType<string>().Distinct().ToDictionary(static l => l, _ => normalised, StringComparer.Ordinal);
            var scores = network.Scores(normalised, watched);
            var evidence = network.Evidence(scores);
            return (stack(targets.Select((target, i) => target.Objective(i, evidence, watched)), 0), scores);
        }

        (float[] Objectives, EquatableArray<float>[] Scores) Measure()
        {
            using var frozen = no_grad();
            using var inner = NewDisposeScope();
            var (objectives, scores) = Objectives(pixels.mul(scale).add(offset));
            var rows = scores.ToTensorData().Values<float>().ToArray().Chunk((int)scores.shape[1]);
            return (objectives.ToTensorData().Values<float>().ToArray(), [.. rows.Select(static row => row.ToEquatableArray())]);
        }
    }

    // A 1×1 or one-pixel-wide image has no neighbours that way, and an empty sum is 0.
    private static Tensor Variation(Tensor pixels)
    {
        var (height, width) = (pixels.shape[2], pixels.shape[3]);
        var down = pixels.narrow(2, 1, height - 1).sub(pixels.narrow(2, 0, height - 1));
        var right = pixels.narrow(3, 1, width - 1).sub(pixels.narrow(3, 0, width - 1));
        return down.square().sum().add(right.square().sum());
    }

    private Tensor First(ReadOnlySpan<byte> start)
    {
        var plane = input.Height * input.Width;
        var values = new float[input.Channels * plane];
        var random = new SeededRandom(options.Seed, 0);
        for (var i = 0; i < values.Length; i++)
        {
            var (channel, place) = (i / plane, i % plane);
            values[i] = start.IsEmpty
                ? (float)Math.Clamp(input.Mean[channel] + (options.Noise * ((2 * random.NextDouble()) - 1)), 0, 1)
                : start[(place * input.Channels) + channel] / 255f;
        }

        return TensorData.Of<float>(values, 1, input.Channels, input.Height, input.Width).ToTensor();
    }

    private Tensor PerChannel(Func<int, float> value) =>
        TensorData.Of<float>([.. Enumerable.Range(0, input.Channels).Select(value)], 1, input.Channels, 1, 1).ToTensor().to(network.Device);

    private long Offset(ref SeededRandom random)
    {
        var farthest = (int)(options.Jitter * Math.Max(input.Height, input.Width));
        return random.Below((2 * farthest) + 1) - farthest;
    }
}
