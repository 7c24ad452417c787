using static Toolchain.Graphs.Tests.Operators.Inference;

namespace Toolchain.Graphs.Tests.Operators;

/// <summary>Types of quantisation, and what does not fit.</summary>
public sealed class QuantizationTests
{
    private static readonly TensorType Image = Of("N", 3, 8, 8);
    private static readonly TensorData One = TensorData.Scalar(0.5f);

    [Fact]
    public void The_zero_point_says_which_integers_are_made()
    {
        Assert.Equal("uint8 [N, 3, 8, 8]", Output(new QuantizeLinear(), Image, One).ToString());
        Assert.Equal("int8 [N, 3, 8, 8]", Output(new QuantizeLinear(), Image, One, TensorData.Scalar((sbyte)0)).ToString());
        Assert.Equal("float32 [N, 3]", Output(new DequantizeLinear(), new TensorType(ElementType.Int32, ["N", 3]), TensorData.Of<float>([1, 2, 3])).ToString());
    }

    [Fact]
    public void What_does_not_fit_is_said()
    {
        Assert.Equal("input 1 (scale) must be a scalar, or a list of 3 values for axis 1, found [4].", Fault(new QuantizeLinear(), Image, TensorData.Of<float>([1, 2, 3, 4])));
        Assert.Equal("input 2 (zero_point) must be a scalar, or a list of 8 values for axis -1, found [3].", Fault(new QuantizeLinear(-1), Image, One, TensorData.Of<byte>([1, 2, 3])));
        Assert.Equal("input 2 (zero_point) must be uint8 or int8, found int64 [].", Fault(new QuantizeLinear(), Image, One, TensorData.Scalar(0L)));
        Assert.Equal("input 1 (scale) must be float32, found int64 [].", Fault(new QuantizeLinear(), Image, TensorData.Scalar(1L)));
        Assert.Equal("input 0 must be uint8, int8 or int32, and the zero point of the same type, found float32 [N, 3, 8, 8], float32 [].", Fault(new DequantizeLinear(), Image, One));
        Assert.Equal(
            "input 0 must be uint8, int8 or int32, and the zero point of the same type, found int8 [4], float32 [], uint8 [].",
            Fault(new DequantizeLinear(), new TensorType(ElementType.Int8, [4]), One, TensorData.Scalar((byte)3)));
    }
}
