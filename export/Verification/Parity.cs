using Toolchain.Graphs;
using Toolchain.Registry;

namespace Toolchain.Export.Verification;

/// <summary>Comparisons of what a loaded model gives.</summary>
internal static class Parity
{
    // As many images as the trainer puts into a probe; a larger probe goes through in parts, so that memory stays bounded.
    private const int Part = 64;

    /// <summary>The largest absolute difference between a model's first output and the probe's; infinite where one of them is not a number.</summary>
    /// <exception cref="ToolchainException">The shapes differ (<see cref="ErrorKind.Mismatch"/>).</exception>
    public static double WithProbe(LoadedModel model, Probe probe)
    {
        var largest = 0.0;
        for (var first = 0; first < probe.Images; first += Part)
        {
            var count = Math.Min(Part, probe.Images - first);
            var found = model.Run(probe.Take(first, count), count);
            if (!found.Dimensions.Skip(1).SequenceEqual(probe.Logits.Dimensions.Skip(1)))
            {
                throw new ToolchainException(ErrorKind.Mismatch, $"The model gives {model.Output} of shape {found.Dimensions}, and the probe has {probe.Logits.Dimensions}; they must be the same after the first dimension.");
            }

            largest = Math.Max(largest, Difference(found.Values<float>(), probe.Logits.Values<float>().Slice(first * probe.OutputLength, count * probe.OutputLength)));
        }

        return largest;
    }

    /// <summary>
    /// The largest difference between the outputs of samples that go in one by one, three by three and eight by eight, in proportion to the
    /// largest number where that is above 1; infinite where one of them is not a number.
    /// </summary>
    public static double BetweenBatches(LoadedModel model, Probe probe)
    {
        const int images = 24;
        var alone = Rows(1);
        var size = alone.Max(static v => Math.Abs((double)v));
        return Math.Max(Difference(alone, Rows(3)), Difference(alone, Rows(8))) / Math.Max(1, size);

        float[] Rows(int batch) => [.. Enumerable.Range(0, images / batch).SelectMany(i => model.Run(probe.Take(i * batch, batch), batch).Values<float>().ToArray())];
    }

    /// <summary>The largest absolute difference of as many numbers; infinite where one of them is not a number.</summary>
    public static double Difference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var largest = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            var difference = Math.Abs((double)left[i] - right[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }
}
