using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator matmulOp = new("matmul");
        private static readonly Operator mmOp = new("mm");
        private static readonly Operator bmmOp = new("bmm");
        private static readonly Operator mvOp = new("mv");
        private static readonly Operator dotOp = new("dot");
        private static readonly Operator addmmOp = new("addmm");
        private static readonly Operator addmmInPlace = new("addmm_");
        private static readonly Operator qrOp = new("linalg_qr");
        private static readonly Operator diagonalOp = new("diagonal");
        private static readonly Operator baddbmmOp = new("baddbmm");

        public Tensor matmul(Tensor target) => matmulOp.Call(this, target);

        public Tensor mm(Tensor target) => mmOp.Call(this, target);

        public Tensor bmm(Tensor batch2) => bmmOp.Call(this, batch2);

        public Tensor mv(Tensor target) => mvOp.Call(this, target);

        public Tensor dot(Tensor target) => dotOp.Call(this, target);

        /// <summary>Gives <c>beta·this + alpha·(mat1 · mat2)</c>.</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            addmmOp.Call(this, mat1, mat2, (double)beta, (double)alpha);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            addmmInPlace.InPlace(this, this, mat1, mat2, (double)beta, (double)alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            baddbmmOp.Call(this, batch1, batch2, (double)beta, (double)alpha);

        public Tensor diagonal(long offset = 0L, long dim1 = 0L, long dim2 = 1L) => diagonalOp.Call(this, offset, dim1, dim2);

        internal (Tensor Q, Tensor R) Qr() => qrOp.CallPair(this);
    }

    private static readonly Operator einsumOp = new("einsum");

    /// <summary>Sums of products over axes that letters name: <c>bij,bjk-&gt;bik</c> is a batch of matrix products.</summary>
    public static Tensor einsum(string equation, params Tensor[] tensors) => einsumOp.Call(equation, tensors);

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);

    public static Tensor mv(Tensor input, Tensor target) => input.mv(target);

    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);

    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmm(mat1, mat2, beta, alpha);
}
