namespace TorchSharp;

public static partial class torch
{
    /// <summary>One position of an index as in Python: a number, a slice, a mask or index tensor, <c>None</c> or <c>...</c>.</summary>
    public struct TensorIndex
    {
        internal enum Form
        {
            None, Single, Ellipsis, Bool, Tensor, Slice,
        }

        internal Form Kind;
        internal long? First;
        internal long? Stop;
        internal long? Step;
        internal torch.Tensor? Indices;

        /// <summary>How many dimensions of the tensor the index takes; a mask takes one for each of its own.</summary>
        internal readonly int Consumed => Kind switch
        {
            Form.Single or Form.Slice => 1,
            Form.Tensor => Indices!.dtype is ScalarType.Bool or ScalarType.Byte ? (int)Indices.ndim : 1,
            _ => 0,
        };

#pragma warning disable CA2211 // The package has fields here.
        /// <summary>As many whole dimensions as are left.</summary>
        public static TensorIndex Ellipsis = new() { Kind = Form.Ellipsis };

        /// <summary>A new dimension of size 1.</summary>
        public static TensorIndex None = new() { Kind = Form.None };

        /// <summary>A whole dimension.</summary>
        public static TensorIndex Colon = Slice();
#pragma warning restore CA2211

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Kind = Form.Slice, First = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice((long?)range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

        public static TensorIndex Bool(bool value) => new() { Kind = Form.Bool, First = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => new() { Kind = Form.Single, First = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { Kind = Form.Tensor, Indices = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
    }
}
