using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    private static readonly Operator arangeOp = new("arange", "start_step");
    private static readonly Operator linspaceOp = new("linspace");
    private static readonly Operator eyeOp = new("eye", "m");
    private static readonly Operator randpermOp = new("randperm", "generator");
    private static readonly Operator randintOp = new("randint", "low_generator");
    private static readonly Operator scalarTensorOp = new("scalar_tensor");

    /// <summary>start, start + step, … below stop; Int64 when all three are integers, the default type otherwise.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var integers = is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type);
        return arangeOp.Call(start, stop, step, dtype ?? (integers ? ScalarType.Int64 : default_dtype), Argument.None, InitializeDevice(device))
            .requires_grad_(requires_grad);
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        linspaceOp.Call(start, end, steps, dtype ?? default_dtype, Argument.None, InitializeDevice(device)).requires_grad_(requires_grad);

    /// <summary>Ones on the diagonal; -1 columns means as many as rows.</summary>
    public static Tensor eye(long rows, long columns = -1L, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        eyeOp.Call(rows, columns == -1 ? rows : columns, dtype ?? default_dtype, Argument.None, InitializeDevice(device))
            .requires_grad_(requires_grad).Unnamed(names);

    /// <summary>The numbers 0 to n − 1 in random order, Int64.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        randpermOp.Call(n, generator, dtype ?? ScalarType.Int64, Argument.None, InitializeDevice(device)).requires_grad_(requires_grad);

    /// <summary>Integers drawn uniformly from [low, high), Int64.</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randintOp.Call(low, high, size, generator, dtype ?? ScalarType.Int64, Argument.None, InitializeDevice(device))
            .requires_grad_(requires_grad).Unnamed(names);

    public static Tensor randint(int low, int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(low, high, Array.ConvertAll(size, one => (long)one), dtype, device, requires_grad, generator, names);

    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    /// <summary>Numbers drawn from the normal distribution with this mean and standard deviation.</summary>
    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn(size, dtype, device, false, generator, names).mul_(std).add_(mean).requires_grad_(requires_grad);

    /// <summary>
    /// A tensor with the shape of an array of any rank. It shares the array's memory, pinned until the tensor is released,
    /// unless another type or device is asked for.
    /// </summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        OnDevice(Shared(rawArray, 0, Lengths(rawArray)), dtype, device, requires_grad).Unnamed(names);

    /// <summary>
    /// A one-dimensional CPU tensor over <paramref name="count"/> elements (-1: all) of an array from the element
    /// <paramref name="offset"/>. It shares the array's memory, pinned until the tensor is released, unless the type differs.
    /// </summary>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        var length = rawArray.LongLength;
        if (offset < 0 || offset >= length)
            throw new ArgumentException($"invalid value for 'offset': {offset}");
        var taken = count < 0 ? length - offset : count;
        if (taken > length - offset)
            throw new IndexOutOfRangeException($"element count is too large: {count}");
        return OnDevice(Shared(rawArray, offset, [taken]), dtype, CPU, requires_grad);
    }

    private static unsafe Tensor Shared(Array array, long offset, long[] dimensions)
    {
        var type = TypeOf(array);
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        var data = (byte*)pin.AddrOfPinnedObject() + offset * type.ElementSize();
        nint handle;
        fixed (long* sizes = dimensions)
            handle = Library.Over(data, sizes, dimensions.Length, (sbyte)type, &Unpin, GCHandle.ToIntPtr(pin));
        if (handle == 0)
            pin.Free();
        return new Tensor(Library.Check(handle));
    }

    [UnmanagedCallersOnly]
    private static void Unpin(nint pin) => GCHandle.FromIntPtr(pin).Free();

    private static ScalarType TypeOf(Array array) => array.GetType().GetElementType() switch
    {
        var type when type == typeof(float) => ScalarType.Float32,
        var type when type == typeof(double) => ScalarType.Float64,
        var type when type == typeof(long) => ScalarType.Int64,
        var type when type == typeof(int) => ScalarType.Int32,
        var type when type == typeof(short) => ScalarType.Int16,
        var type when type == typeof(byte) => ScalarType.Byte,
        var type when type == typeof(sbyte) => ScalarType.Int8,
        var type when type == typeof(bool) => ScalarType.Bool,
        var type when type == typeof(Half) => ScalarType.Float16,
        var type => throw new NotSupportedException($"The type {type} is not supported."),
    };

    private static unsafe Tensor Created(Operator factory, ReadOnlySpan<long> size, ReadOnlySpan<Argument> options, bool requiresGrad, string[]? names)
    {
        fixed (long* sizes = size)
        {
            var list = Argument.Fixed(sizes, size.Length);
            var tensor = options.Length == 3 ? factory.Call(list, options[0], options[1], options[2])
                : factory.Call(list, options[0], options[1], options[2], options[3]);
            return (requiresGrad ? tensor.requires_grad_() : tensor).Unnamed(names);
        }
    }

    private static Tensor Scalar0(Scalar value, ScalarType dtype, Device? device, bool requiresGrad) =>
        scalarTensorOp.Call(value, dtype, Argument.None, InitializeDevice(device)).requires_grad_(requiresGrad);

    private static unsafe Tensor Copied<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType type, ScalarType? dtype,
        Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged
    {
        var expected = 1L;
        foreach (var dimension in dimensions)
            expected *= dimension;
        if (expected > values.Length)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {expected} vs. {values.Length}");
        fixed (T* data = values)
        fixed (long* sizes = dimensions)
            return OnDevice(new Tensor(Library.Check(Library.CopyOf(data, sizes, dimensions.Length, (sbyte)type))), dtype, device, requiresGrad).Unnamed(names);
    }

    /// <summary>A copy of an array of any rank.</summary>
    private static unsafe Tensor Copied(Array values, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
    {
        var dimensions = Lengths(values);
        fixed (byte* data = &MemoryMarshal.GetArrayDataReference(values))
        fixed (long* sizes = dimensions)
        {
            var copy = new Tensor(Library.Check(Library.CopyOf(data, sizes, dimensions.Length, (sbyte)TypeOf(values))));
            return OnDevice(copy, dtype, device, requiresGrad).Unnamed(names);
        }
    }

    private static long[] Lengths(Array array) => [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)];

    private static Tensor OnDevice(Tensor tensor, ScalarType? dtype, Device? device, bool requiresGrad)
    {
        var target = InitializeDevice(device);
        if (target.type != DeviceType.CPU || (dtype is { } wanted && wanted != tensor.dtype))
            tensor = tensor.to(dtype ?? tensor.dtype, target, false, true);
        return requiresGrad ? tensor.requires_grad_() : tensor;
    }

    public partial class Tensor
    {
        internal Tensor Unnamed(string[]? names) =>
            names is null or [] ? this : throw new NotSupportedException("Named dimensions are not part of this engine; leave names out.");

        private Tensor Like(Operator factory, ScalarType? dtype, Device? device, bool requiresGrad)
        {
            var tensor = factory.Call(this, dtype ?? this.dtype, Argument.None, device is null ? this.device : InitializeDevice(device));
            return requiresGrad ? tensor.requires_grad_() : tensor;
        }
    }
}
