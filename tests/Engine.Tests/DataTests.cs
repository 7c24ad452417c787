using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Engine.Tests;

public sealed class DataTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Bytes_are_read_and_written_in_place()
    {
        var x = tensor(new[] { 1f, 2f });
        Assert.Equal([1f, 2f], MemoryMarshal.Cast<byte, float>(x.bytes).ToArray());
        MemoryMarshal.Cast<byte, float>(x.bytes)[1] = 5;
        Approximately.Equal([1, 5], x);
        x.bytes = MemoryMarshal.AsBytes(new[] { 7f, 8f }.AsSpan());
        Approximately.Equal([7, 8], x);
    }

    [Fact]
    public void Bytes_of_the_wrong_number_or_of_a_view_are_refused()
    {
        var x = zeros(2, 2);
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
        Assert.Throws<InvalidOperationException>(() => x.add(ones(2, 2)).narrow(1, 0, 1).bytes.Length);
    }

    [Fact]
    public void The_accessor_follows_the_strides()
    {
        var x = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }).t();
        var data = x.data<float>();
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], data.ToArray());
        Assert.Equal(5, data[1, 1]);
        Assert.Equal(5, data[3]);
        data[2, 0] = 9;
        Assert.Equal(9, x[2, 0].ToSingle());
        data.CopyFrom([10f, 11f, 12f, 13f, 14f, 15f]);
        Assert.Equal([10f, 11f, 12f, 13f, 14f, 15f], data);
        Assert.Throws<IndexOutOfRangeException>(() => data[6]);
    }

    [Fact]
    public void Reading_as_the_wrong_type_is_refused()
    {
        Assert.Throws<ArgumentException>(() => zeros(1).item<double>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
        Assert.Throws<ArgumentException>(() => zeros(2).ToSingle());
        Assert.Equal(3, tensor(3L).ToInt32());
        Assert.Equal(2.5, ones([1], ScalarType.BFloat16).mul(2.5).ToDouble());
    }

    [Fact]
    public void Conversions_change_the_type_and_dispose_the_original_when_asked()
    {
        var x = tensor(new[] { 1.7f });
        Assert.Equal([1L], x.to(ScalarType.Int64).data<long>().ToArray());
        var doubles = x.to(ScalarType.Float64, false, true);
        Assert.True(x.IsInvalid);
        Assert.Equal(ScalarType.Float64, doubles.dtype);
        Assert.Equal(ScalarType.Float16, doubles.to(ScalarType.Float16, CPU).dtype);
    }

    [Fact]
    public void Strides_and_contiguity_describe_the_memory()
    {
        var x = zeros(2, 3);
        Assert.Equal([3, 1], x.stride());
        Assert.True(x.is_contiguous());
        Assert.False(x.t().is_contiguous());
        Assert.True(x.t().contiguous().is_contiguous());
        Assert.Equal(6, x.numel());
        Assert.Equal(4, x.ElementSize);
        Assert.Equal("[2x3], type = Float32, device = cpu", x.ToString());
        Assert.Throws<ExternalException>(() => x.size(2));
    }
}
