using Toolchain.Graphs.Files;
using Toolchain.Graphs.PyTorch.Pickling;

namespace Toolchain.Graphs.PyTorch;

/// <summary>Makes tensors of references: windows of the file where elements are in order, otherwise copies that are made when they are first needed.</summary>
/// <param name="source">The file.</param>
/// <param name="locate">Where in it a storage begins.</param>
/// <param name="limits">What to take at most.</param>
internal sealed class TensorAssembly(ByteSource source, Func<StorageReference, long> locate, PyTorchReadLimits limits)
{
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, long, EquatableArray<long>, EquatableArray<long>), TensorData> _made = [];
    private long _copied;

    /// <summary>The tensor; the same object for each name of it.</summary>
    internal TensorData Tensor(string name, TensorReference reference)
    {
        var key = (reference.Storage.Key, reference.Offset, reference.Dimensions, reference.Strides);
        if (!_made.TryGetValue(key, out var tensor))
        {
            _made.Add(key, tensor = Make(name, reference));
        }

        return tensor;
    }

    private TensorData Make(string name, TensorReference reference)
    {
        if (!_starts.TryGetValue(reference.Storage.Key, out var storage))
        {
            _starts.Add(reference.Storage.Key, storage = locate(reference.Storage));
        }

        var size = reference.Storage.Type.Size();
        var extent = reference.Extent * size;
        if (extent > int.MaxValue)
        {
            throw Fail($"the elements of tensor {PickleValues.Quote(name)} are spread over {extent} bytes; at most {int.MaxValue} are read. Save it contiguous");
        }

        var window = source.Window(storage + (reference.Offset * size), (int)extent);
        if (reference.IsContiguous)
        {
            return new(reference.Storage.Type, reference.Dimensions, window);
        }

        _copied += reference.Bytes;
        if (_copied - source.Length > limits.MaxCopiedBytes)
        {
            throw Fail($"the strides of its tensors, such as {PickleValues.Quote(name)}, make more than {limits.MaxCopiedBytes} bytes out of the {source.Length} of the file");
        }

        return TensorData.Deferred(reference.Storage.Type, reference.Dimensions, () => StridedCopy.Of(window.Span, reference, size));
    }

    private static ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"{problem}.");
}
