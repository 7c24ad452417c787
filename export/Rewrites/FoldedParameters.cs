using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Weight and bias that do the work of a product and of an affine function beside it. Computed in double precision, rounded once.</summary>
/// <param name="Weight">The weight; the product's own where it stays as it is.</param>
/// <param name="Bias">A value for each output channel; null where none is needed.</param>
internal sealed record FoldedParameters(TensorData Weight, TensorData? Bias)
{
    /// <summary>The parameters for an affine function behind the product: w' = w·f and b' = b·f + o for each output channel.</summary>
    /// <returns>Null when the product's bias is not known for each channel, or it can have none and needs one.</returns>
    public static FoldedParameters? Behind(Product product, ChannelAffine affine, ConstantValues constants)
    {
        if (product.Bias(constants) is not { } bias)
        {
            return null;
        }

        for (var c = 0; c < bias.Length; c++)
        {
            bias[c] = (bias[c] * affine.Factors[c]) + affine.Offsets[c];
        }

        return Of(product, affine.IsShift ? product.Weight : product.Outputs.Scaled(product.Weight, affine.Factors), bias, needed: !affine.IsLinear);
    }

    /// <summary>The parameters for an affine function before the product: w' = w·f for each input channel and b' = b + Σ w·o.</summary>
    /// <returns>Null when the product's bias is not known for each channel, or it can have none and needs one.</returns>
    public static FoldedParameters? Before(Product product, ChannelAffine affine, ConstantValues constants)
    {
        if (product.Bias(constants) is not { } bias)
        {
            return null;
        }

        if (!affine.IsLinear)
        {
            AddSums(product, affine.Offsets, bias);
        }

        return Of(product, affine.IsShift ? product.Weight : product.Inputs.Scaled(product.Weight, affine.Factors), bias, needed: !affine.IsLinear);
    }

    private static FoldedParameters? Of(Product product, TensorData weight, double[] bias, bool needed) =>
        product.BiasName.Length == 0 && !needed ? new(weight, null)
        : product.CanHaveBias ? new(weight, TensorData.Of<float>(Array.ConvertAll(bias, static b => (float)b), bias.Length))
        : null;

    private static void AddSums(Product product, double[] offsets, double[] bias)
    {
        var weight = product.Weight;
        var (rows, columns) = ((int)weight.Dimensions[0], (int)weight.Dimensions[1]);
        var inner = (int)(weight.ElementCount / Math.Max(1, (long)rows * columns));
        var values = weight.Values<float>();
        for (int row = 0, at = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++, at += inner)
            {
                var sum = 0.0;
                foreach (var value in values.Slice(at, inner))
                {
                    sum += value;
                }

                bias[product.Outputs.Channel(weight, row, column)] += product.ProductFactor * sum * offsets[product.Inputs.Channel(weight, row, column)];
            }
        }
    }
}
