using System.Runtime.InteropServices;
using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Where a product's input or output channels lie in its weight.</summary>
/// <param name="Axis">The weight's axis, 0 or 1.</param>
/// <param name="Groups">Into how many groups axis 0 is divided, each with channels of its own along axis 1; 1 for axis 0.</param>
internal readonly record struct ChannelLayout(int Axis, long Groups = 1)
{
    /// <summary>The output channels; null when the operator is no product.</summary>
    public static ChannelLayout? Outputs(Operator op) => op switch
    {
        // Any number of groups: a group's output channels lie along the weight's first axis too.
        Conv => new(0),
        ConvTranspose transposed => new(1, transposed.Group),
        Gemm { TransB: true } => new(0),
        Gemm or MatMul => new(1),
        _ => null,
    };

    /// <summary>The input channels; null when the operator is no product.</summary>
    public static ChannelLayout? Inputs(Operator op) => op switch
    {
        Conv conv => new(1, conv.Group),
        ConvTranspose => new(0),
        Gemm { TransB: true } => new(1),
        Gemm or MatMul => new(0),
        _ => null,
    };

    /// <summary>The number of channels of a weight.</summary>
    public int Channels(TensorData weight) => checked((int)(Axis == 0 ? weight.Dimensions[0] : weight.Dimensions[1] * Groups));

    /// <summary>The channel of the weight's values [row, column, …].</summary>
    public int Channel(TensorData weight, int row, int column) =>
        Axis == 0 ? row : (int)((row / (weight.Dimensions[0] / Groups) * weight.Dimensions[1]) + column);

    /// <summary>The weight with each value multiplied by the factor of its channel, rounded once.</summary>
    public TensorData Scaled(TensorData weight, double[] factors)
    {
        var (rows, columns) = ((int)weight.Dimensions[0], (int)weight.Dimensions[1]);
        var inner = (int)(weight.ElementCount / Math.Max(1, (long)rows * columns));
        var source = weight.Values<float>();
        var bytes = new byte[weight.ByteCount];
        var scaled = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (int row = 0, at = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++, at += inner)
            {
                var factor = factors[Channel(weight, row, column)];
                for (var i = at; i < at + inner; i++)
                {
                    scaled[i] = (float)(source[i] * factor);
                }
            }
        }

        return new(ElementType.Float32, weight.Dimensions, bytes);
    }
}
