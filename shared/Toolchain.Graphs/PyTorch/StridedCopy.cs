using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.PyTorch;

/// <summary>Puts elements that lie anywhere in a storage into row-major order.</summary>
internal static class StridedCopy
{
    /// <summary>The dense bytes of a tensor.</summary>
    /// <param name="bytes">The storage from the tensor's first element to its last.</param>
    /// <param name="tensor">Shape and strides.</param>
    /// <param name="size">Bytes per element.</param>
    internal static byte[] Of(ReadOnlySpan<byte> bytes, TensorReference tensor, int size)
    {
        var dimensions = tensor.Dimensions.AsSpan();
        var strides = tensor.Strides.AsSpan();
        var result = new byte[tensor.Bytes];
        var index = new long[dimensions.Length];
        var from = 0L;
        for (var to = 0; to < result.Length; to += size)
        {
            bytes.Slice((int)from * size, size).CopyTo(result.AsSpan(to));
            for (var d = dimensions.Length - 1; d >= 0; d--)
            {
                from += strides[d];
                if (++index[d] < dimensions[d])
                {
                    break;
                }

                from -= strides[d] * dimensions[d];
                index[d] = 0;
            }
        }

        return result;
    }
}
