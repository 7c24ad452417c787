using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator viewOp = new("view");
        private static readonly Operator reshapeOp = new("reshape");
        private static readonly Operator flattenOp = new("flatten", "using_ints");
        private static readonly Operator unflattenOp = new("unflatten", "int");
        private static readonly Operator permuteOp = new("permute");
        private static readonly Operator transposeOp = new("transpose", "int");
        private static readonly Operator tOp = new("t");
        private static readonly Operator unsqueezeOp = new("unsqueeze");
        private static readonly Operator unsqueezeInPlace = new("unsqueeze_");
        private static readonly Operator squeezeOp = new("squeeze");
        private static readonly Operator squeezeDim = new("squeeze", "dim");
        private static readonly Operator squeezeInPlace = new("squeeze_");
        private static readonly Operator squeezeDimInPlace = new("squeeze_", "dim");
        private static readonly Operator transposeInPlace = new("transpose_");
        private static readonly Operator broadcastOp = new("broadcast_to");
        private static readonly Operator expandOp = new("expand");
        private static readonly Operator repeatOp = new("repeat");
        private static readonly Operator repeatInterleaveOp = new("repeat_interleave", "self_int");
        private static readonly Operator flipOp = new("flip");
        private static readonly Operator rollOp = new("roll");
        private static readonly Operator chunkOp = new("chunk");
        private static readonly Operator splitOp = new("split", "Tensor");
        private static readonly Operator splitSizesOp = new("split_with_sizes");
        private static readonly Operator unbindOp = new("unbind", "int");
        private static readonly Operator asStridedOp = new("as_strided");
        private static readonly Operator trilOp = new("tril");
        private static readonly Operator triuOp = new("triu");

        /// <summary>The same memory in another shape; -1 stands for the size that follows from the others.</summary>
        public Tensor view(params long[] shape) => viewOp.Call(this, shape);

        public Tensor view_as(Tensor other) => view(other.shape);

        /// <summary>Like <see cref="view"/>, copying where the strides demand it.</summary>
        public Tensor reshape(params long[] shape) => reshapeOp.Call(this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => flattenOp.Call(this, start_dim, end_dim);

        public Tensor permute(params long[] permutation) => permuteOp.Call(this, permutation);

        public Tensor transpose(long dim0, long dim1) => transposeOp.Call(this, dim0, dim1);

        public Tensor t() => tOp.Call(this);

        /// <summary>All dimensions in reverse order.</summary>
        public Tensor T => permute([.. Enumerable.Range(0, (int)ndim).Reverse().Select(i => (long)i)]);

        /// <summary>The transpose of the last two dimensions.</summary>
        public Tensor mT => transpose(-2, -1);

        public Tensor unsqueeze(long dim) => unsqueezeOp.Call(this, dim);

        public Tensor unsqueeze_(long dim) => unsqueezeInPlace.InPlace(this, this, dim);

        public Tensor squeeze(long? dim = null) => dim is { } one ? squeezeDim.Call(this, one) : squeezeOp.Call(this);

        public Tensor squeeze_(long? dim = null) => dim is { } one ? squeezeDimInPlace.InPlace(this, this, one) : squeezeInPlace.InPlace(this, this);

        public Tensor transpose_(long dim0, long dim1) => transposeInPlace.InPlace(this, this, dim0, dim1);

        public Tensor broadcast_to(params long[] shape) => broadcastOp.Call(this, shape);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => expandOp.Call(this, sizes.ToArray(), isImplicit);

        public Tensor expand(long[] sizes, bool isImplicit = false) => expandOp.Call(this, sizes, isImplicit);

        public Tensor expand(params long[] sizes) => expandOp.Call(this, sizes);

        public Tensor expand_as(Tensor other) => expand(other.shape, false);

        public Tensor repeat(params long[] sizes) => repeatOp.Call(this, sizes);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            repeatInterleaveOp.Call(this, repeats, dim, output_size);

        public Tensor flip(params long[] dims) => flipOp.Call(this, dims);

        public Tensor roll(long shifts, long? dims = null) =>
            rollOp.Call(this, new[] { shifts }, dims is { } dim ? [dim] : Array.Empty<long>());

        public Tensor roll((long, long) shifts, (long, long) dims) =>
            rollOp.Call(this, new[] { shifts.Item1, shifts.Item2 }, new[] { dims.Item1, dims.Item2 });

        public Tensor roll(long[] shifts, long[] dims) => rollOp.Call(this, shifts, dims);

        /// <summary>Views of up to <paramref name="chunks"/> equal parts.</summary>
        public Tensor[] chunk(long chunks, long dim = 0L) => chunkOp.CallList(this, chunks, dim);

        /// <summary>Views of parts of a size, the last one smaller where it does not divide.</summary>
        public Tensor[] split(long size, int dim = 0) => splitOp.CallList(this, size, (long)dim);

        public Tensor[] split(long[] sizes, long dim = 0) => splitSizesOp.CallList(this, sizes, dim);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => splitSizesOp.CallList(this, sizes.ToArray(), dim);

        public Tensor[] split(params long[] sizes) => splitSizesOp.CallList(this, sizes, 0L);

        public Tensor[] unbind(long dimension = 0L) => unbindOp.CallList(this, dimension);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0L) => asStridedOp.Call(this, size, strides, storageOffset);

        public Tensor tril(long diagonal = 0) => trilOp.Call(this, diagonal);

        public Tensor triu(long diagonal = 0) => triuOp.Call(this, diagonal);

        public Tensor unflatten(long dim, params long[] sizes) => unflattenOp.Call(this, dim, sizes);
    }
}
