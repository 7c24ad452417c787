using System.Numerics;
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

    /// <summary>The weight with each value multiplied by the factor of its channel, rounded once; computed whenever it is asked for.</summary>
    public TensorData Scaled(TensorData weight, double[] factors)
    {
        var layout = this;
        return TensorData.Computed(ElementType.Float32, weight.Dimensions, (first, part) => layout.Scale(weight, factors, first, part));
    }

    private void Scale(TensorData weight, double[] factors, long first, Span<byte> part)
    {
        weight.CopyTo(part, first);
        var values = MemoryMarshal.Cast<byte, float>(part);
        var columns = weight.Dimensions[1];

        // Values that lie side by side and have one factor: a row, or what is behind one place of it.
        var inner = weight.ElementCount / (weight.Dimensions[0] * columns);
        var run = Axis == 0 ? columns * inner : inner;
        while (!values.IsEmpty)
        {
            var (row, column) = Math.DivRem(first / inner, columns);
            var count = (int)Math.Min(values.Length, run - (first % run));
            Multiply(values[..count], factors[Channel(weight, (int)row, (int)column)]);
            values = values[count..];
            first += count;
        }
    }

    private static void Multiply(Span<float> values, double factor)
    {
        var (width, factors) = (Vector<float>.Count, new Vector<double>(factor));
        for (; values.Length >= width; values = values[width..])
        {
            Vector.Widen(new Vector<float>(values), out var low, out var high);
            Vector.Narrow(low * factors, high * factors).CopyTo(values);
        }

        foreach (ref var value in values)
        {
            value = (float)(value * factor);
        }
    }
}
