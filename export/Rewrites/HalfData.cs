using System.Runtime.InteropServices;
using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>Float32 tensors as float16, rounded to the nearest.</summary>
internal static class HalfData
{
    /// <summary>The tensor as float16; null when one of its finite values is beyond float16's range, ±65504.</summary>
    public static TensorData? Of(TensorData data)
    {
        var source = data.Values<float>();
        var bytes = new byte[source.Length * sizeof(ushort)];
        var halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
        for (var i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)source[i];
            if (!Half.IsFinite(halves[i]) && float.IsFinite(source[i]))
            {
                return null;
            }
        }

        return new(ElementType.Float16, data.Dimensions, bytes);
    }
}
