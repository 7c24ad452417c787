using System.Collections.Frozen;

namespace Toolchain.Graphs.Onnx;

/// <summary>
/// Operators of the default domain that say the same in every opset from <see cref="Opsets.FirstRead"/> to <see cref="Opsets.Last"/> that has them:
/// versions differ in element types, or in attributes and inputs whose absence means what the older version did (onnx/docs/Changelog.md).
/// Those whose form has changed are translated when they are read (<see cref="ReadingForms"/>); some of them say the same since an opset that is written.
/// </summary>
internal static class OperatorHistory
{
    // With the opset since which they say the same, where that is later than the first one that is read.
    private static readonly FrozenDictionary<string, int> Since = Steady("""
        Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh BitShift Celu Ceil Compress Concat ConcatFromSequence Constant ConstantOfShape Conv
        ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Det Div DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten
        Floor GRU Gather GatherElements GatherND Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual HardSigmoid Identity
        InstanceNormalization IsInf IsNaN LRN LSTM LeakyRelu Less LessOrEqual Log LpNormalization MatMul MatMulInteger Max MaxRoiPool MaxUnpool Mean
        MeanVarianceNormalization Min Mod Mul Multinomial Neg NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot Or PRelu Pow QLinearConv QLinearMatMul
        RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal Relu Reshape ReverseSequence Round ScatterElements ScatterND Selu Shape
        Shrink Sigmoid Sign Sin Sinh Size Softplus Softsign SpaceToDepth Sqrt Sub Sum Tan Tanh ThresholdedRelu Tile Transpose Unique Where Xor
        Hardmax:13 QuantizeLinear:13 Resize:13 TopK:13 RoiAlign:16 HardSwish:14 Trilu:14 Bernoulli:15 CastLike:15 LayerNormalization:17
        """);

    /// <summary>Whether an operator has one form in all opsets that have it.</summary>
    internal static bool IsSteady(string type) => Since.ContainsKey(type);

    /// <summary>Whether an operator exists in an opset in the form of <see cref="Graph.DefaultOpset"/>.</summary>
    internal static bool Exists(string type, int opset) => Since.TryGetValue(type, out var first) && opset >= first;

    private static FrozenDictionary<string, int> Steady(string names) => names
        .Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        .Select(static n => n.Split(':'))
        .ToFrozenDictionary(static n => n[0], static n => n.Length > 1 ? int.Parse(n[1], System.Globalization.CultureInfo.InvariantCulture) : Opsets.First, StringComparer.Ordinal);
}
