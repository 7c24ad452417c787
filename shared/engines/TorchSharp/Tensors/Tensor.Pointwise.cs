using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator absOp = new("abs");
        private static readonly Operator absInPlace = new("abs_");
        private static readonly Operator ceilOp = new("ceil");
        private static readonly Operator ceilInPlace = new("ceil_");
        private static readonly Operator cosOp = new("cos");
        private static readonly Operator cosInPlace = new("cos_");
        private static readonly Operator erfOp = new("erf");
        private static readonly Operator erfInPlace = new("erf_");
        private static readonly Operator expOp = new("exp");
        private static readonly Operator expInPlace = new("exp_");
        private static readonly Operator expm1Op = new("expm1");
        private static readonly Operator expm1InPlace = new("expm1_");
        private static readonly Operator floorOp = new("floor");
        private static readonly Operator floorInPlace = new("floor_");
        private static readonly Operator logOp = new("log");
        private static readonly Operator logInPlace = new("log_");
        private static readonly Operator log10Op = new("log10");
        private static readonly Operator log10InPlace = new("log10_");
        private static readonly Operator log1pOp = new("log1p");
        private static readonly Operator log1pInPlace = new("log1p_");
        private static readonly Operator log2Op = new("log2");
        private static readonly Operator log2InPlace = new("log2_");
        private static readonly Operator negOp = new("neg");
        private static readonly Operator negInPlace = new("neg_");
        private static readonly Operator reciprocalOp = new("reciprocal");
        private static readonly Operator reciprocalInPlace = new("reciprocal_");
        private static readonly Operator roundOp = new("round");
        private static readonly Operator roundInPlace = new("round_");
        private static readonly Operator rsqrtOp = new("rsqrt");
        private static readonly Operator rsqrtInPlace = new("rsqrt_");
        private static readonly Operator sigmoidOp = new("sigmoid");
        private static readonly Operator sigmoidInPlace = new("sigmoid_");
        private static readonly Operator signOp = new("sign");
        private static readonly Operator signInPlace = new("sign_");
        private static readonly Operator sinOp = new("sin");
        private static readonly Operator sinInPlace = new("sin_");
        private static readonly Operator sqrtOp = new("sqrt");
        private static readonly Operator sqrtInPlace = new("sqrt_");
        private static readonly Operator tanOp = new("tan");
        private static readonly Operator tanInPlace = new("tan_");
        private static readonly Operator tanhOp = new("tanh");
        private static readonly Operator tanhInPlace = new("tanh_");
        private static readonly Operator truncOp = new("trunc");
        private static readonly Operator truncInPlace = new("trunc_");
        private static readonly Operator reluOp = new("relu");
        private static readonly Operator reluInPlace = new("relu_");
        private static readonly Operator siluOp = new("silu");
        private static readonly Operator siluInPlace = new("silu_");
        private static readonly Operator hardswishOp = new("hardswish");
        private static readonly Operator hardswishInPlace = new("hardswish_");
        private static readonly Operator hardsigmoidOp = new("hardsigmoid");
        private static readonly Operator hardsigmoidInPlace = new("hardsigmoid_");
        private static readonly Operator seluOp = new("selu");
        private static readonly Operator seluInPlace = new("selu_");
        private static readonly Operator erfinvInPlace = new("erfinv_");
        private static readonly Operator geluOp = new("gelu");
        private static readonly Operator geluInPlace = new("gelu_");
        private static readonly Operator eluOp = new("elu");
        private static readonly Operator eluInPlace = new("elu_");
        private static readonly Operator leaky_reluOp = new("leaky_relu");
        private static readonly Operator leaky_reluInPlace = new("leaky_relu_");
        private static readonly Operator relu6Op = new("relu6");
        private static readonly Operator relu6InPlace = new("relu6_");
        private static readonly Operator softplusOp = new("softplus");
        private static readonly Operator softmaxOp = new("softmax", "int");
        private static readonly Operator log_softmaxOp = new("log_softmax", "int");
        private static readonly Operator clampOp = new("clamp");
        private static readonly Operator clampInPlace = new("clamp_");
        private static readonly Operator clampTensorOp = new("clamp", "Tensor");
        private static readonly Operator clampTensorInPlace = new("clamp_", "Tensor");
        private static readonly Operator roundDecimalsOp = new("round", "decimals");
        private static readonly Operator roundDecimalsInPlace = new("round_", "decimals");
        private static readonly Operator nan_to_numOp = new("nan_to_num");

        public Tensor abs() => absOp.Call(this);

        public Tensor abs_() => absInPlace.InPlace(this, this);

        public Tensor ceil() => ceilOp.Call(this);

        public Tensor ceil_() => ceilInPlace.InPlace(this, this);

        public Tensor cos() => cosOp.Call(this);

        public Tensor cos_() => cosInPlace.InPlace(this, this);

        public Tensor erf() => erfOp.Call(this);

        public Tensor erf_() => erfInPlace.InPlace(this, this);

        public Tensor exp() => expOp.Call(this);

        public Tensor exp_() => expInPlace.InPlace(this, this);

        public Tensor expm1() => expm1Op.Call(this);

        public Tensor expm1_() => expm1InPlace.InPlace(this, this);

        public Tensor floor() => floorOp.Call(this);

        public Tensor floor_() => floorInPlace.InPlace(this, this);

        public Tensor log() => logOp.Call(this);

        public Tensor log_() => logInPlace.InPlace(this, this);

        public Tensor log10() => log10Op.Call(this);

        public Tensor log10_() => log10InPlace.InPlace(this, this);

        public Tensor log1p() => log1pOp.Call(this);

        public Tensor log1p_() => log1pInPlace.InPlace(this, this);

        public Tensor log2() => log2Op.Call(this);

        public Tensor log2_() => log2InPlace.InPlace(this, this);

        public Tensor neg() => negOp.Call(this);

        public Tensor neg_() => negInPlace.InPlace(this, this);

        public Tensor reciprocal() => reciprocalOp.Call(this);

        public Tensor reciprocal_() => reciprocalInPlace.InPlace(this, this);

        public Tensor rsqrt() => rsqrtOp.Call(this);

        public Tensor rsqrt_() => rsqrtInPlace.InPlace(this, this);

        public Tensor sigmoid() => sigmoidOp.Call(this);

        public Tensor sigmoid_() => sigmoidInPlace.InPlace(this, this);

        public Tensor sign() => signOp.Call(this);

        public Tensor sign_() => signInPlace.InPlace(this, this);

        public Tensor sin() => sinOp.Call(this);

        public Tensor sin_() => sinInPlace.InPlace(this, this);

        public Tensor sqrt() => sqrtOp.Call(this);

        public Tensor sqrt_() => sqrtInPlace.InPlace(this, this);

        public Tensor tan() => tanOp.Call(this);

        public Tensor tan_() => tanInPlace.InPlace(this, this);

        public Tensor tanh() => tanhOp.Call(this);

        public Tensor tanh_() => tanhInPlace.InPlace(this, this);

        public Tensor trunc() => truncOp.Call(this);

        public Tensor trunc_() => truncInPlace.InPlace(this, this);

        public Tensor relu() => reluOp.Call(this);

        public Tensor relu_() => reluInPlace.InPlace(this, this);

        public Tensor silu() => siluOp.Call(this);

        public Tensor silu_() => siluInPlace.InPlace(this, this);

        public Tensor hardswish() => hardswishOp.Call(this);

        public Tensor hardswish_() => hardswishInPlace.InPlace(this, this);

        public Tensor hardsigmoid() => hardsigmoidOp.Call(this);

        public Tensor hardsigmoid_() => hardsigmoidInPlace.InPlace(this, this);

        public Tensor selu() => seluOp.Call(this);

        public Tensor selu_() => seluInPlace.InPlace(this, this);

        public Tensor erfinv_() => erfinvInPlace.InPlace(this, this);

        public Tensor absolute() => abs();

        public Tensor absolute_() => abs_();

        public Tensor negative() => neg();

        /// <summary>Rounds half to even, to a number of decimals.</summary>
        public Tensor round(long decimals = 0L) => decimals == 0 ? roundOp.Call(this) : roundDecimalsOp.Call(this, decimals);

        public Tensor round_(long decimals = 0L) =>
            decimals == 0 ? roundInPlace.InPlace(this, this) : roundDecimalsInPlace.InPlace(this, this, decimals);

        public Tensor gelu() => geluOp.Call(this);

        public Tensor gelu_() => geluInPlace.InPlace(this, this);

        public Tensor elu(double alpha = 1) => eluOp.Call(this, alpha);

        public Tensor elu_(double alpha = 1) => eluInPlace.InPlace(this, this, alpha);

        public Tensor leaky_relu(Scalar negative_slope) => leaky_reluOp.Call(this, negative_slope);

        public Tensor leaky_relu_(Scalar negative_slope) => leaky_reluInPlace.InPlace(this, this, negative_slope);

        public Tensor relu6() => relu6Op.Call(this);

        public Tensor relu6_() => relu6InPlace.InPlace(this, this);

        public Tensor softplus(double beta = 1, double threshold = 20) => softplusOp.Call(this, beta, threshold);

        public Tensor softmax(long dim, ScalarType? dtype = null) => softmaxOp.Call(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => log_softmaxOp.Call(this, dim, dtype);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => clampOp.Call(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => clampTensorOp.Call(this, min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => clampInPlace.InPlace(this, this, min, max);

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => clampTensorInPlace.InPlace(this, this, min, max);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        /// <summary>Replaces what is not a number and the infinities; by default with zero and the type's extremes.</summary>
        public Tensor nan_to_num(double nan = 0d, double? posinf = null, double? neginf = null) => nan_to_numOp.Call(this, nan, posinf, neginf);
    }
}
