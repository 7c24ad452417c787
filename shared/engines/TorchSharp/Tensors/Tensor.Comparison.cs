using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator eqTensor = new("eq", "Tensor");
        private static readonly Operator eqScalar = new("eq", "Scalar");
        private static readonly Operator eqTensorInPlace = new("eq_", "Tensor");
        private static readonly Operator eqScalarInPlace = new("eq_", "Scalar");
        private static readonly Operator neTensor = new("ne", "Tensor");
        private static readonly Operator neScalar = new("ne", "Scalar");
        private static readonly Operator neTensorInPlace = new("ne_", "Tensor");
        private static readonly Operator neScalarInPlace = new("ne_", "Scalar");
        private static readonly Operator gtTensor = new("gt", "Tensor");
        private static readonly Operator gtScalar = new("gt", "Scalar");
        private static readonly Operator gtTensorInPlace = new("gt_", "Tensor");
        private static readonly Operator gtScalarInPlace = new("gt_", "Scalar");
        private static readonly Operator ltTensor = new("lt", "Tensor");
        private static readonly Operator ltScalar = new("lt", "Scalar");
        private static readonly Operator ltTensorInPlace = new("lt_", "Tensor");
        private static readonly Operator ltScalarInPlace = new("lt_", "Scalar");
        private static readonly Operator geTensor = new("ge", "Tensor");
        private static readonly Operator geScalar = new("ge", "Scalar");
        private static readonly Operator geTensorInPlace = new("ge_", "Tensor");
        private static readonly Operator geScalarInPlace = new("ge_", "Scalar");
        private static readonly Operator leTensor = new("le", "Tensor");
        private static readonly Operator leScalar = new("le", "Scalar");
        private static readonly Operator leTensorInPlace = new("le_", "Tensor");
        private static readonly Operator leScalarInPlace = new("le_", "Scalar");
        private static readonly Operator logical_andOp = new("logical_and");
        private static readonly Operator logical_andInPlace = new("logical_and_");
        private static readonly Operator logical_orOp = new("logical_or");
        private static readonly Operator logical_orInPlace = new("logical_or_");
        private static readonly Operator logical_xorOp = new("logical_xor");
        private static readonly Operator logical_xorInPlace = new("logical_xor_");
        private static readonly Operator logical_notOp = new("logical_not");
        private static readonly Operator logical_notInPlace = new("logical_not_");
        private static readonly Operator bitwise_andOp = new("bitwise_and", "Tensor");
        private static readonly Operator bitwise_orOp = new("bitwise_or", "Tensor");
        private static readonly Operator bitwise_xorOp = new("bitwise_xor", "Tensor");
        private static readonly Operator bitwise_notOp = new("bitwise_not");
        private static readonly Operator isfiniteOp = new("isfinite");
        private static readonly Operator isnanOp = new("isnan");
        private static readonly Operator isinfOp = new("isinf");
        private static readonly Operator equalOp = new("equal");
        private static readonly Operator maximumOp = new("maximum");
        private static readonly Operator minimumOp = new("minimum");
        private static readonly Operator iscloseOp = new("isclose");
        private static readonly Operator allcloseOp = new("allclose");
        private static readonly Operator whereOp = new("where", "self");

        public Tensor eq(Tensor target) => eqTensor.Call(this, target);

        public Tensor eq(Scalar target) => eqScalar.Call(this, target);

        public Tensor eq_(Tensor target) => eqTensorInPlace.InPlace(this, this, target);

        public Tensor eq_(Scalar target) => eqScalarInPlace.InPlace(this, this, target);

        public Tensor ne(Tensor target) => neTensor.Call(this, target);

        public Tensor ne(Scalar target) => neScalar.Call(this, target);

        public Tensor ne_(Tensor target) => neTensorInPlace.InPlace(this, this, target);

        public Tensor ne_(Scalar target) => neScalarInPlace.InPlace(this, this, target);

        public Tensor gt(Tensor target) => gtTensor.Call(this, target);

        public Tensor gt(Scalar target) => gtScalar.Call(this, target);

        public Tensor gt_(Tensor target) => gtTensorInPlace.InPlace(this, this, target);

        public Tensor gt_(Scalar target) => gtScalarInPlace.InPlace(this, this, target);

        public Tensor lt(Tensor target) => ltTensor.Call(this, target);

        public Tensor lt(Scalar target) => ltScalar.Call(this, target);

        public Tensor lt_(Tensor target) => ltTensorInPlace.InPlace(this, this, target);

        public Tensor lt_(Scalar target) => ltScalarInPlace.InPlace(this, this, target);

        public Tensor ge(Tensor target) => geTensor.Call(this, target);

        public Tensor ge(Scalar target) => geScalar.Call(this, target);

        public Tensor ge_(Tensor target) => geTensorInPlace.InPlace(this, this, target);

        public Tensor ge_(Scalar target) => geScalarInPlace.InPlace(this, this, target);

        public Tensor le(Tensor target) => leTensor.Call(this, target);

        public Tensor le(Scalar target) => leScalar.Call(this, target);

        public Tensor le_(Tensor target) => leTensorInPlace.InPlace(this, this, target);

        public Tensor le_(Scalar target) => leScalarInPlace.InPlace(this, this, target);

        public Tensor logical_and(Tensor other) => logical_andOp.Call(this, other);

        public Tensor logical_and_(Tensor other) => logical_andInPlace.InPlace(this, this, other);

        public Tensor logical_or(Tensor other) => logical_orOp.Call(this, other);

        public Tensor logical_or_(Tensor other) => logical_orInPlace.InPlace(this, this, other);

        public Tensor logical_xor(Tensor other) => logical_xorOp.Call(this, other);

        public Tensor logical_xor_(Tensor other) => logical_xorInPlace.InPlace(this, this, other);

        public Tensor logical_not() => logical_notOp.Call(this);

        public Tensor logical_not_() => logical_notInPlace.InPlace(this, this);

        public Tensor bitwise_and(Tensor other) => bitwise_andOp.Call(this, other);

        public Tensor bitwise_or(Tensor other) => bitwise_orOp.Call(this, other);

        public Tensor bitwise_xor(Tensor other) => bitwise_xorOp.Call(this, other);

        public Tensor bitwise_not() => bitwise_notOp.Call(this);

        public Tensor isfinite() => isfiniteOp.Call(this);

        public Tensor isnan() => isnanOp.Call(this);

        public Tensor isinf() => isinfOp.Call(this);

        public Tensor equal(Tensor target) => eq(target);

        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor greater(Tensor target) => gt(target);

        public Tensor greater_equal(Tensor target) => ge(target);

        public Tensor less(Tensor target) => lt(target);

        public Tensor less_equal(Tensor target) => le(target);

        /// <summary>Tells whether both have the same shape and the same elements.</summary>
        public bool Equals(Tensor target) => target is not null && equalOp.CallValue(this, target).Integer != 0;

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            iscloseOp.Call(this, other, rtol, atol, nanEqual);

        /// <summary>Tells whether every |this − target| is at most <c>atol + rtol·|target|</c>.</summary>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            allcloseOp.CallValue(this, target, rtol, atol, equal_nan).Integer != 0;

        /// <summary>The larger of both, element by element.</summary>
        public Tensor maximum(Tensor other) => maximumOp.Call(this, other);

        public Tensor minimum(Tensor other) => minimumOp.Call(this, other);

        /// <summary>This tensor's elements where the condition holds, those of <paramref name="y"/> elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => whereOp.Call(condition, this, y);
    }

    /// <summary>The elements of <paramref name="x"/> where the condition holds, those of <paramref name="y"/> elsewhere.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);
}
