using System.Runtime.InteropServices;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>Samples in the form that a foreign file takes, made without a graph: what <see cref="AdaptInput"/> is compared with.</summary>
internal static class ForeignSamples
{
    /// <summary>Some samples, the last ones repeated where there are too few.</summary>
    /// <param name="values">Normalised samples, <c>float32 [n, C, H, W]</c>, red first.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="input">What the file takes.</param>
    public static TensorData Of(TensorData values, int first, int count, ForeignInput input)
    {
        var (channels, height, width) = (input.Size.Channels, input.Size.Height, input.Size.Width);
        var plane = height * width;
        var source = values.Values<float>();
        var target = new float[count * channels * plane];
        for (var n = 0; n < count; n++)
        {
            var sample = source.Slice(Math.Min(first + n, (int)values.Dimensions[0] - 1) * channels * plane, channels * plane);
            for (var c = 0; c < channels; c++)
            {
                var colour = sample.Slice((input.Channels == ChannelOrder.Bgr ? channels - 1 - c : c) * plane, plane);
                for (var i = 0; i < plane; i++)
                {
                    target[(n * channels * plane) + (input.Layout == ImageLayout.Nhwc ? (i * channels) + c : (c * plane) + i)] = colour[i];
                }
            }
        }

        return new(input.Element, input.Shape(count), Bytes(target, input.Element));
    }

    private static byte[] Bytes(float[] values, ElementType element) => element switch
    {
        ElementType.Float32 => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
        ElementType.Float16 => MemoryMarshal.AsBytes(Array.ConvertAll(values, static v => (Half)v).AsSpan()).ToArray(),
        ElementType.Float64 => MemoryMarshal.AsBytes(Array.ConvertAll(values, static v => (double)v).AsSpan()).ToArray(),
        ElementType.UInt8 => Array.ConvertAll(values, static v => (byte)MathF.Round(v)),
        _ => throw new ArgumentOutOfRangeException(nameof(element), element, "No samples have this type."),
    };
}
