namespace Toolchain.Graphs.PyTorch.Pickling;

/// <summary>A tensor as a pickle describes it: which elements of a storage, in which order.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The first element, counted from the beginning of the storage.</param>
/// <param name="Dimensions">The shape.</param>
/// <param name="Strides">Elements from one index to the next, per dimension; not negative.</param>
internal sealed record TensorReference(StorageReference Storage, long Offset, EquatableArray<long> Dimensions, EquatableArray<long> Strides)
{
    /// <summary>The number of elements.</summary>
    internal long Elements => Dimensions.Aggregate(1L, static (product, d) => product * d);

    /// <summary>The number of bytes of the dense tensor.</summary>
    internal long Bytes => Elements * Storage.Type.Size();

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    internal bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Dimensions.Count - 1; i >= 0; i--)
            {
                if (Dimensions[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Dimensions[i];
            }

            return true;
        }
    }

    /// <summary>Elements of the storage from the first to the last that the tensor has.</summary>
    internal long Extent
    {
        get
        {
            var last = 0L;
            for (var i = 0; i < Dimensions.Count; i++)
            {
                if (Dimensions[i] == 0)
                {
                    return 0;
                }

                last += (Dimensions[i] - 1) * Strides[i];
            }

            return last + 1;
        }
    }

    /// <summary>Checks and takes the arguments of <c>torch._utils._rebuild_tensor_v2</c>: storage, offset, size, stride, requires_grad, hooks and perhaps metadata.</summary>
    internal static TensorReference Rebuild(object[] arguments, PickleInput input, PyTorchReadLimits limits)
    {
        if (arguments is not [StorageView view, long offset, PickleTuple size, PickleTuple stride, _, _, ..] || arguments.Length > 7)
        {
            throw input.Fail("a tensor is described by something else than storage, offset, size and strides");
        }

        var (dimensions, strides) = (Numbers(size), Numbers(stride));
        if (dimensions is null || strides is null || offset < 0)
        {
            throw input.Fail("a tensor's offset, size and strides must be whole numbers from 0 to 2^62");
        }

        if (dimensions.Length > limits.MaxRank || dimensions.Length != strides.Length)
        {
            throw input.Fail($"a tensor has {dimensions.Length} dimensions and {strides.Length} strides; as many of both are needed, at most {limits.MaxRank}");
        }

        var tensor = new TensorReference(view.Storage, view.Start + offset, EquatableArray.Create<long>(dimensions), EquatableArray.Create<long>(strides));
        var (elements, last) = ((Int128)1, (Int128)offset);
        var largest = (Int128)1;
        for (var i = 0; i < dimensions.Length; i++)
        {
            elements *= dimensions[i];
            largest *= Math.Max(dimensions[i], 1);
            last += (Int128)Math.Max(dimensions[i] - 1, 0) * strides[i];
            if (largest * view.Storage.Type.Size() > int.MaxValue)
            {
                throw input.Fail($"a tensor has the shape {tensor.Dimensions}; one tensor may have at most {int.MaxValue} bytes");
            }
        }

        if (elements > 0 ? last >= view.Elements : offset > view.Elements)
        {
            throw input.Fail($"a tensor of shape {tensor.Dimensions} with the strides {tensor.Strides} from element {offset} on reaches beyond the {view.Elements} elements of storage {PickleValues.Quote(view.Storage.Key)}");
        }

        return tensor;
    }

    private static long[]? Numbers(PickleTuple tuple) =>
        Array.TrueForAll(tuple.Items, static i => i is long and >= 0 and <= 1L << 62) ? [.. tuple.Items.Select(static i => (long)i)] : null;
}
