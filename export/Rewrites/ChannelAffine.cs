using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// y = x·f[c] + o[c] for each channel c, in double precision: a normalisation with fixed statistics, whose f = γ/√(v + ε) and o = β − m·f follow from
/// Ioffe and Szegedy 2015 (algorithm 2), or arithmetic with a constant that is the same at every place of a channel.
/// </summary>
/// <param name="Factors">f, finite.</param>
/// <param name="Offsets">o, finite.</param>
internal sealed record ChannelAffine(double[] Factors, double[] Offsets)
{
    /// <summary>Whether nothing is added.</summary>
    public bool IsLinear => Array.TrueForAll(Offsets, static o => o == 0);

    /// <summary>Whether nothing is multiplied.</summary>
    public bool IsShift => Array.TrueForAll(Factors, static f => f == 1);

    /// <summary>What a node makes of one of its inputs; null when it is something else or its constants are not known or not float32.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">The input that changes.</param>
    /// <param name="rank">The input's rank.</param>
    /// <param name="axis">The input's axis of channels.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="constants">The graph's constants.</param>
    public static ChannelAffine? Of(Node node, string input, int rank, int axis, int channels, ConstantValues constants)
    {
        if (node.Op is BatchNormalization norm)
        {
            return axis == 1 && node.Inputs[0] == input ? Normalisation(norm, [.. node.Inputs.Skip(1).Select(constants.Floats)], channels) : null;
        }

        if (node.Op is not (Add or Sub or Mul or Div) || node.Inputs is not [var left, var right] || PerChannel(constants.Floats(left == input ? right : left), rank, axis, channels) is not { } values)
        {
            return null;
        }

        var (ones, zeros) = (Enumerable.Repeat(1.0, channels).ToArray(), new double[channels]);
        return Finite(node.Op switch
        {
            Add => new(ones, values),
            Sub when left == input => new(ones, Array.ConvertAll(values, static v => -v)),
            Sub => new(Array.ConvertAll(ones, static one => -one), values),
            Mul => new(values, zeros),
            Div when left == input => new(Array.ConvertAll(values, static v => 1 / v), zeros),
            _ => null,
        });
    }

    private static ChannelAffine? Normalisation(BatchNormalization norm, TensorData?[] parameters, int channels)
    {
        if (parameters is not [{ } gamma, { } beta, { } mean, { } variance] || new[] { gamma, beta, mean, variance }.Any(p => p.ElementCount != channels))
        {
            return null;
        }

        var (factors, offsets) = (new double[channels], new double[channels]);
        for (var c = 0; c < channels; c++)
        {
            factors[c] = gamma.Values<float>()[c] / Math.Sqrt(variance.Values<float>()[c] + (double)norm.Epsilon);
            offsets[c] = beta.Values<float>()[c] - (mean.Values<float>()[c] * factors[c]);
        }

        return Finite(new(factors, offsets));
    }

    // Broadcast against the input, only the axis of channels may have more than one value, and the input must not grow.
    private static double[]? PerChannel(TensorData? constant, int rank, int axis, int channels)
    {
        if (constant is null || constant.Dimensions.Count > rank)
        {
            return null;
        }

        var missing = rank - constant.Dimensions.Count;
        for (var i = 0; i < constant.Dimensions.Count; i++)
        {
            if (constant.Dimensions[i] != 1 && (i + missing != axis || constant.Dimensions[i] != channels))
            {
                return null;
            }
        }

        var values = constant.Values<float>();
        var result = new double[channels];
        for (var c = 0; c < channels; c++)
        {
            result[c] = values[values.Length == 1 ? 0 : c];
        }

        return result;
    }

    private static ChannelAffine? Finite(ChannelAffine? affine) =>
        affine is not null && affine.Factors.All(double.IsFinite) && affine.Offsets.All(double.IsFinite) ? affine : null;
}
