using System.Runtime.InteropServices;
using Toolchain.Graphs;
using Toolchain.Graphs.Weights;

namespace Toolchain.Export.Rewrites;

/// <summary>Float32 tensors as float16, rounded to the nearest.</summary>
internal static class HalfData
{
    // Elements that are looked at at a time.
    private const int Block = 1 << 14;

    // Half way from float16's largest number, 65504, to the next that its exponent would give: from here on numbers are rounded to infinity.
    private const float FirstBeyond = 65520;

    /// <summary>The tensor as float16, computed whenever it is asked for; null when one of its finite values is beyond float16's range, ±65504.</summary>
    public static TensorData? Of(TensorData data)
    {
        var block = new float[Math.Min(Block, data.ElementCount)];
        for (var first = 0L; first < data.ElementCount; first += Block)
        {
            var values = block.AsSpan(0, (int)Math.Min(Block, data.ElementCount - first));
            data.CopyTo(MemoryMarshal.AsBytes(values), first);
            foreach (var value in values)
            {
                if (float.IsFinite(value) && Math.Abs(value) >= FirstBeyond)
                {
                    return null;
                }
            }
        }

        return data.To(ElementType.Float16);
    }
}
