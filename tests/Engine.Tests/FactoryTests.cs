using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Engine.Tests;

public sealed class FactoryTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Filled_tensors_have_the_default_type_unless_told()
    {
        Assert.Equal(ScalarType.Float32, zeros(2, 3).dtype);
        Assert.Equal(ScalarType.Int64, full([2], 3).dtype);
        Assert.Equal(ScalarType.Float32, full([2], 3.5).dtype);
        Assert.Equal(ScalarType.BFloat16, ones([2], ScalarType.BFloat16).dtype);
        Assert.Equal([2, 3, 4, 5], empty(2, 3, 4, 5).shape);
        Approximately.Equal([1, 1, 1], ones_like(zeros(3)));
        Assert.True(zeros([1], requires_grad: true).requires_grad);
        Assert.Equal(DeviceType.CPU, zeros(1).device_type);
    }

    [Fact]
    public void Ranges_follow_the_types_of_their_ends()
    {
        Assert.Equal([0, 1, 2], arange(3).data<long>().ToArray());
        Approximately.Equal([1, 1.5, 2, 2.5], arange(1, 3, 0.5));
        Approximately.Equal([0, 0.5, 1], linspace(0, 1, 3));
        Approximately.Equal([1, 0, 0, 0, 1, 0], eye(2, 3));
    }

    [Fact]
    public void Arrays_become_tensors_of_their_type_and_shape()
    {
        Assert.Equal(ScalarType.Float32, tensor(new[] { 1f }).dtype);
        Assert.Equal(ScalarType.Float64, tensor(new[] { 1.0 }).dtype);
        Assert.Equal(ScalarType.Int64, tensor(new[] { 1L }).dtype);
        Assert.Equal(ScalarType.Int32, tensor(new[] { 1 }).dtype);
        Assert.Equal(ScalarType.Byte, tensor(new byte[] { 1 }).dtype);
        Assert.Equal(ScalarType.Bool, tensor(new[] { true }).dtype);
        Assert.Equal([2, 2], tensor(new[] { 1f, 2f, 3f, 4f }, new long[] { 2, 2 }).shape);
        Assert.Equal([2, 1, 3], tensor(new float[2, 1, 3]).shape);
        Assert.Equal([3, 2], from_array(new long[3, 2]).shape);
        Assert.Equal(ScalarType.Float32, tensor(new[] { 1, 2 }, ScalarType.Float32).dtype);
        Assert.Equal([], tensor(2.5f).shape);
        Assert.Throws<ArgumentException>(() => tensor(new[] { 1f }, new long[] { 2, 2 }));
    }

    [Fact]
    public void A_tensor_of_an_array_is_a_copy()
    {
        var array = new[] { 1f, 2f };
        var square = new float[,] { { 1 }, { 2 } };
        var (copy, squareCopy) = (tensor(array), tensor(square));
        array[0] = square[0, 0] = 9;
        Approximately.Equal([1, 2], copy);
        Approximately.Equal([1, 2], squareCopy);
    }

    [Fact]
    public void A_tensor_from_a_buffer_shares_its_memory()
    {
        var array = new[] { 1f, 2f, 3f };
        var shared = frombuffer(array, ScalarType.Float32, 2, 1);
        array[1] = 7;
        Approximately.Equal([7, 3], shared);
        shared.fill_(0);
        Assert.Equal([1f, 0f, 0f], array);
        Approximately.Equal([1, 0, 0], frombuffer(array, ScalarType.Int64));
        var square = new double[,] { { 1 }, { 2 } };
        from_array(square).add_(1);
        Assert.Equal(3, square[1, 0]);
        Assert.Throws<ArgumentException>(() => frombuffer(array, ScalarType.Float32, -1, 3));
        Assert.Throws<IndexOutOfRangeException>(() => frombuffer(array, ScalarType.Float32, 3, 1));
    }

    [Fact]
    public void Names_of_dimensions_are_refused_rather_than_ignored() =>
        Assert.Throws<NotSupportedException>(() => zeros([1], names: ["N"]));

    [Fact]
    public void A_parameter_takes_over_its_tensor()
    {
        var data = ones(2);
        var parameter = nn.Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.True(scope.Contains(parameter));
        Assert.False(scope.Contains(data));
        Assert.False(new TorchSharp.Modules.Parameter(ones(2), false).requires_grad);
    }

    [Fact]
    public void Devices_read_as_they_are_written()
    {
        Assert.Equal("cpu", device("cpu").ToString());
        Assert.Equal("cuda:1", new Device("cuda:1").ToString());
        Assert.Equal(1, device(1).index);
        Assert.Equal(cuda.is_available(), cuda.device_count() > 0);
        Assert.True(TryInitializeDeviceType(DeviceType.CPU));
    }

    [Fact]
    public void A_device_is_used_where_it_is_and_refused_where_it_is_not()
    {
        if (cuda.is_available())
        {
            Assert.Equal(DeviceType.CUDA, zeros(1).cuda().device_type);
            return;
        }
        Assert.Contains("CUDA", Assert.Throws<InvalidOperationException>(() => zeros(1).cuda()).Message);
        Assert.Throws<InvalidOperationException>(() => zeros([1], device: new Device(DeviceType.CUDA)));
        Assert.Throws<InvalidOperationException>(() => InitializeDeviceType(DeviceType.CUDA));
    }
}
