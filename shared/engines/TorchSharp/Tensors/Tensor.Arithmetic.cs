using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How a quotient is rounded: not at all, towards zero, or down.</summary>
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    public partial class Tensor
    {
        private static readonly Operator addTensor = new("add", "Tensor");
        private static readonly Operator addScalar = new("add", "Scalar");
        private static readonly Operator addTensorInPlace = new("add_", "Tensor");
        private static readonly Operator addScalarInPlace = new("add_", "Scalar");
        private static readonly Operator subTensor = new("sub", "Tensor");
        private static readonly Operator subScalar = new("sub", "Scalar");
        private static readonly Operator subTensorInPlace = new("sub_", "Tensor");
        private static readonly Operator subScalarInPlace = new("sub_", "Scalar");
        private static readonly Operator mulTensor = new("mul", "Tensor");
        private static readonly Operator mulScalar = new("mul", "Scalar");
        private static readonly Operator mulTensorInPlace = new("mul_", "Tensor");
        private static readonly Operator mulScalarInPlace = new("mul_", "Scalar");
        private static readonly Operator divTensor = new("div", "Tensor");
        private static readonly Operator divScalar = new("div", "Scalar");
        private static readonly Operator divTensorInPlace = new("div_", "Tensor");
        private static readonly Operator divScalarInPlace = new("div_", "Scalar");
        private static readonly Operator divTensorMode = new("div", "Tensor_mode");
        private static readonly Operator divScalarMode = new("div", "Scalar_mode");
        private static readonly Operator divTensorModeInPlace = new("div_", "Tensor_mode");
        private static readonly Operator divScalarModeInPlace = new("div_", "Scalar_mode");
        private static readonly Operator remainderTensor = new("remainder", "Tensor");
        private static readonly Operator remainderScalar = new("remainder", "Scalar");
        private static readonly Operator remainderTensorInPlace = new("remainder_", "Tensor");
        private static readonly Operator remainderScalarInPlace = new("remainder_", "Scalar");
        private static readonly Operator floorDivideTensor = new("floor_divide");
        private static readonly Operator floorDivideScalar = new("floor_divide", "Scalar");
        private static readonly Operator powTensor = new("pow", "Tensor_Tensor");
        private static readonly Operator powScalar = new("pow", "Tensor_Scalar");
        private static readonly Operator powTensorInPlace = new("pow_", "Tensor");
        private static readonly Operator powScalarInPlace = new("pow_", "Scalar");
        private static readonly Operator addcmulOp = new("addcmul");
        private static readonly Operator addcmulInPlace = new("addcmul_");
        private static readonly Operator addcdivOp = new("addcdiv");
        private static readonly Operator addcdivInPlace = new("addcdiv_");
        private static readonly Operator lerpOp = new("lerp", "Tensor");
        private static readonly Operator lerpInPlace = new("lerp_", "Tensor");

        public Tensor add(Tensor target) => addTensor.Call(this, target);

        /// <summary>Gives <c>this + alpha·target</c>.</summary>
        public Tensor add(Tensor target, Scalar alpha) => addTensor.Call(this, target, alpha);

        public Tensor add(Scalar scalar) => addScalar.Call(this, scalar);

        public Tensor add(Scalar scalar, Scalar alpha) => addScalar.Call(this, scalar, alpha);

        public Tensor add_(Tensor target) => addTensorInPlace.InPlace(this, this, target);

        public Tensor add_(Tensor target, Scalar alpha) => addTensorInPlace.InPlace(this, this, target, alpha);

        public Tensor add_(Scalar scalar) => addScalarInPlace.InPlace(this, this, scalar);

        public Tensor add_(Scalar scalar, Scalar alpha) => addScalarInPlace.InPlace(this, this, scalar, alpha);

        public Tensor sub(Tensor target) => subTensor.Call(this, target);

        public Tensor sub(Scalar target) => subScalar.Call(this, target);

        public Tensor sub_(Tensor target) => subTensorInPlace.InPlace(this, this, target);

        public Tensor sub_(Scalar target) => subScalarInPlace.InPlace(this, this, target);

        public Tensor subtract(Tensor target) => sub(target);

        public Tensor subtract(Scalar target) => sub(target);

        public Tensor subtract_(Tensor target) => sub_(target);

        public Tensor subtract_(Scalar target) => sub_(target);

        public Tensor mul(Tensor target) => mulTensor.Call(this, target);

        public Tensor mul(Scalar target) => mulScalar.Call(this, target);

        public Tensor multiply(Tensor target) => mul(target);

        public Tensor multiply(Scalar target) => mul(target);

        public Tensor mul_(Tensor target) => mulTensorInPlace.InPlace(this, this, target);

        public Tensor mul_(Scalar target) => mulScalarInPlace.InPlace(this, this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? divTensor.Call(this, target) : divTensorMode.Call(this, target, Name(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? divScalar.Call(this, target) : divScalarMode.Call(this, target, Name(rounding_mode));

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? divTensorInPlace.InPlace(this, this, target)
                : divTensorModeInPlace.InPlace(this, this, target, Name(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? divScalarInPlace.InPlace(this, this, target)
                : divScalarModeInPlace.InPlace(this, this, target, Name(rounding_mode));

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        public Tensor remainder(Tensor target) => remainderTensor.Call(this, target);

        public Tensor remainder(Scalar scalar) => remainderScalar.Call(this, scalar);

        public Tensor remainder_(Tensor target) => remainderTensorInPlace.InPlace(this, this, target);

        public Tensor remainder_(Scalar scalar) => remainderScalarInPlace.InPlace(this, this, scalar);

        public Tensor floor_divide(Tensor other) => floorDivideTensor.Call(this, other);

        public Tensor floor_divide(Scalar other) => floorDivideScalar.Call(this, other);

        public Tensor pow(Tensor exponent) => powTensor.Call(this, exponent);

        public Tensor pow(Scalar exponent) => powScalar.Call(this, exponent);

        public Tensor pow_(Tensor exponent) => powTensorInPlace.InPlace(this, this, exponent);

        public Tensor pow_(Scalar exponent) => powScalarInPlace.InPlace(this, this, exponent);

        public Tensor square() => pow(2);

        /// <summary>Gives <c>this + value·tensor1·tensor2</c>.</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => addcmulOp.Call(this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => addcmulInPlace.InPlace(this, this, tensor1, tensor2, value);

        /// <summary>Gives <c>this + value·tensor1/tensor2</c>.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => addcdivOp.Call(this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => addcdivOp.Call(this, tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => addcdivInPlace.InPlace(this, this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => addcdivInPlace.InPlace(this, this, tensor1, tensor2);

        /// <summary>Gives <c>this + weight·(end − this)</c>.</summary>
        public Tensor lerp(Tensor end, Tensor weight) => lerpOp.Call(this, end, weight);

        public Tensor lerp_(Tensor end, Tensor weight) => lerpInPlace.InPlace(this, this, end, weight);

        private static string Name(RoundingMode mode) => mode == RoundingMode.trunc ? "trunc" : "floor";
    }
}
