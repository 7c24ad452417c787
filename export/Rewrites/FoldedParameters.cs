using System.Runtime.InteropServices;
using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// Weight and bias that do the work of a product and the normalisation after it: w' = w·s and b' = (b − m)·s + β with s = γ/√(v + ε) per output
/// channel, which follows from Ioffe and Szegedy 2015 (algorithm 1 with fixed statistics). Computed in double precision, rounded once.
/// </summary>
internal sealed record FoldedParameters(TensorData Weight, TensorData Bias)
{
    /// <summary>What a merge reads: equal keys have equal results.</summary>
    /// <param name="Weight">The product's weight.</param>
    /// <param name="Bias">The product's bias; empty when it has none.</param>
    /// <param name="Norm">Scale, shift, mean and variance.</param>
    /// <param name="Epsilon">Added to the variance.</param>
    /// <param name="BiasFactor">The product's own factor of the bias: Gemm's β.</param>
    /// <param name="ChannelsLast">Whether output channels are the weight's last axis, as in a Gemm whose weight is not transposed; otherwise the first.</param>
    public sealed record Key(string Weight, string Bias, EquatableArray<string> Norm, float Epsilon, float BiasFactor, bool ChannelsLast)
    {
        /// <summary>The key of a product and its normalisation; null when it is no product.</summary>
        public static Key? Of(Node product, Node norm)
        {
            var bias = product.Inputs.Count > 2 ? product.Inputs[2] : "";
            return product.Op switch
            {
                // Any number of groups: a group's output channels lie along the weight's first axis too.
                Conv => new(product.Inputs[1], bias, Statistics(norm), Epsilon(norm), 1, false),
                Gemm gemm => new(product.Inputs[1], bias, Statistics(norm), Epsilon(norm), gemm.Beta, !gemm.TransB),
                _ => null,
            };

            static EquatableArray<string> Statistics(Node norm) => norm.Inputs.Skip(1).ToEquatableArray();
            static float Epsilon(Node norm) => ((BatchNormalization)norm.Op).Epsilon;
        }
    }

    /// <summary>The merged parameters, or null when they cannot be computed here: some are no float32 constants, or a factor is not finite.</summary>
    public static FoldedParameters? Compute(Graph graph, Key key)
    {
        if (Floats(graph, key.Weight) is not { Dimensions.Count: >= 2 } weight || key.Norm.Select(name => Floats(graph, name)).ToArray() is not [{ } gamma, { } beta, { } mean, { } variance])
        {
            return null;
        }

        var channels = (int)(key.ChannelsLast ? weight.Dimensions[^1] : weight.Dimensions[0]);
        if (new[] { gamma, beta, mean, variance }.Any(p => p.ElementCount != channels) || OwnBias(graph, key, channels) is not { } bias)
        {
            return null;
        }

        var factors = new double[channels];
        for (var c = 0; c < channels; c++)
        {
            factors[c] = gamma.Values<float>()[c] / Math.Sqrt(variance.Values<float>()[c] + (double)key.Epsilon);
            bias[c] = ((bias[c] - mean.Values<float>()[c]) * factors[c]) + beta.Values<float>()[c];
        }

        return factors.All(double.IsFinite)
            ? new(Scaled(weight, factors, key.ChannelsLast), TensorData.Of<float>(Array.ConvertAll(bias, static b => (float)b), channels))
            : null;
    }

    private static TensorData? Floats(Graph graph, string name) => graph.ConstantValue(name) is { Type: ElementType.Float32 } data ? data : null;

    // A Gemm's bias broadcasts to [M, N]; only one that is the same for all rows can be merged.
    private static double[]? OwnBias(Graph graph, Key key, int channels)
    {
        if (key.Bias.Length == 0)
        {
            return new double[channels];
        }

        if (Floats(graph, key.Bias) is not { } bias || (bias.ElementCount != 1 && (bias.ElementCount != channels || bias.Dimensions[^1] != channels)))
        {
            return null;
        }

        var values = bias.Values<float>();
        var result = new double[channels];
        for (var c = 0; c < channels; c++)
        {
            result[c] = (double)key.BiasFactor * values[bias.ElementCount == 1 ? 0 : c];
        }

        return result;
    }

    private static TensorData Scaled(TensorData weight, double[] factors, bool channelsLast)
    {
        var values = weight.Values<float>().ToArray();
        var perChannel = values.Length / factors.Length;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(values[i] * factors[channelsLast ? i % factors.Length : i / perChannel]);
        }

        return new(ElementType.Float32, weight.Dimensions, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }
}
