using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator narrowOp = new("narrow");
        private static readonly Operator sliceOp = new("slice", "Tensor");
        private static readonly Operator selectOp = new("select", "int");
        private static readonly Operator index_selectOp = new("index_select");
        private static readonly Operator gatherOp = new("gather");
        private static readonly Operator scatterOp = new("scatter", "src");
        private static readonly Operator scatterInPlace = new("scatter_", "src");
        private static readonly Operator scatterAddOp = new("scatter_add");
        private static readonly Operator scatterAddInPlace = new("scatter_add_");
        private static readonly Operator index_addInPlace = new("index_add_");
        private static readonly Operator index_copyInPlace = new("index_copy_");
        private static readonly Operator index_fillInPlace = new("index_fill_", "int_Scalar");
        private static readonly Operator masked_fillOp = new("masked_fill", "Scalar");
        private static readonly Operator masked_fillInPlace = new("masked_fill_", "Scalar");
        private static readonly Operator masked_selectOp = new("masked_select");
        private static readonly Operator nonzeroOp = new("nonzero");
        private static readonly Operator takeOp = new("take");

        /// <summary>A view of <paramref name="length"/> elements of a dimension from <paramref name="start"/>.</summary>
        public Tensor narrow(long dim, long start, long length) => narrowOp.Call(this, dim, start, length);

        /// <summary>A view of the elements start, start + step, … below finish.</summary>
        public Tensor slice(long dim, long start, long finish, long step) => sliceOp.Call(this, dim, start, finish, step);

        /// <summary>A view of one element of a dimension, which disappears.</summary>
        public Tensor select(long dim, long index) => selectOp.Call(this, dim, index);

        public Tensor index_select(long dim, Tensor index) => index_selectOp.Call(this, dim, index);

        public Tensor gather(long dim, Tensor index) => gatherOp.Call(this, dim, index);

        public Tensor scatter(long dim, Tensor index, Tensor src) => scatterOp.Call(this, dim, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => scatterInPlace.InPlace(this, this, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => scatterAddOp.Call(this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => scatterAddInPlace.InPlace(this, this, dim, index, src);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            index_addInPlace.InPlace(this, this, dim, index, source, alpha);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) => index_copyInPlace.InPlace(this, this, dim, index, source);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) => index_fillInPlace.InPlace(this, this, dim, index, value);

        public Tensor masked_fill(Tensor mask, Scalar value) => masked_fillOp.Call(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) => masked_fillInPlace.InPlace(this, this, mask, value);

        public Tensor masked_select(Tensor mask) => masked_selectOp.Call(this, mask);

        /// <summary>The positions of the elements that are not zero, one row each.</summary>
        public Tensor nonzero() => nonzeroOp.Call(this);

        public Tensor take(Tensor index) => takeOp.Call(this, index);
    }
}
