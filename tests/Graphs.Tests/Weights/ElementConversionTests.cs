using Toolchain.Graphs.PyTorch;
using Toolchain.Graphs.Tests.PyTorch;
using Toolchain.Graphs.Weights;

namespace Toolchain.Graphs.Tests.Weights;

public sealed class ElementConversionTests
{
    private static readonly OrderedWeights ByPyTorch = PyTorchFile.Read(Fixture.Path("tensors.pth")).Tensors;

    [Theory]
    [InlineData("float32", "float16", ElementType.Float16)]
    [InlineData("float32", "bfloat16", ElementType.BFloat16)]
    [InlineData("float32", "float64", ElementType.Float64)]
    public void Numbers_are_rounded_as_PyTorch_rounds_them(string from, string to, ElementType type)
    {
        var converted = ByPyTorch[from].To(type);
        if (type == ElementType.Float64)
        {
            // PyTorch's float64 numbers were never rounded to float32.
            Assert.Equal(ByPyTorch["float32"].Values<float>().ToArray().Select(static v => (double)v), converted.Values<double>().ToArray());
        }
        else
        {
            Assert.True(ByPyTorch[to].ContentEquals(converted));
        }

        Assert.True(ByPyTorch[from].ContentEquals(converted.To(ElementType.Float32)) == (type == ElementType.Float64));
    }

    [Fact]
    public void Float64_becomes_the_nearest_float32() => Assert.True(ByPyTorch["float32"].ContentEquals(ByPyTorch["float64"].To(ElementType.Float32)));

    [Fact]
    public void Brain_floats_round_to_even_and_keep_what_is_no_number()
    {
        var values = TensorData.Of<float>([1.00390625f, 1.01171875f, float.NaN, float.PositiveInfinity, float.MaxValue, -0f]);
        Assert.Equal([0x3F80, 0x3F82, 0xFFC0, 0x7F80, 0x7F80, 0x8000], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(values.To(ElementType.BFloat16).Bytes.Span).ToArray().Select(static v => (int)v));
    }

    [Fact]
    public void Whole_numbers_are_not_converted()
    {
        Assert.Same(ByPyTorch["int64"], ByPyTorch["int64"].To(ElementType.Int64));
        Assert.Contains("only floating-point types are converted", OnnxProto.Error(static () => ByPyTorch["int64"].To(ElementType.Float32)), StringComparison.Ordinal);
    }
}
