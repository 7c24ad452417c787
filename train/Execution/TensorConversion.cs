using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>Moves values between the graph's weights and TorchSharp's tensors.</summary>
internal static class TensorConversion
{
    /// <summary>TorchSharp's name of an element type.</summary>
    public static ScalarType ToScalarType(this ElementType type) => type switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.Float64 => ScalarType.Float64,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        ElementType.UInt8 => ScalarType.Byte,
        ElementType.Int8 => ScalarType.Int8,
        ElementType.Int16 => ScalarType.Int16,
        ElementType.Int32 => ScalarType.Int32,
        ElementType.Int64 => ScalarType.Int64,
        ElementType.Bool => ScalarType.Bool,
        _ => throw new ToolchainException(ErrorKind.BadInput, $"libtorch has no tensors of type {type.Display()}."),
    };

    /// <summary>The graph's name of a TorchSharp type.</summary>
    public static ElementType ToElementType(this ScalarType type) => type switch
    {
        ScalarType.Float32 => ElementType.Float32,
        ScalarType.Float64 => ElementType.Float64,
        ScalarType.Float16 => ElementType.Float16,
        ScalarType.BFloat16 => ElementType.BFloat16,
        ScalarType.Byte => ElementType.UInt8,
        ScalarType.Int8 => ElementType.Int8,
        ScalarType.Int16 => ElementType.Int16,
        ScalarType.Int32 => ElementType.Int32,
        ScalarType.Int64 => ElementType.Int64,
        ScalarType.Bool => ElementType.Bool,
        _ => throw new ToolchainException(ErrorKind.BadInput, $"ONNX has no element type for {type}."),
    };

    /// <summary>A copy of the values on the CPU; the current dispose scope owns it.</summary>
    public static Tensor ToTensor(this TensorData data)
    {
        var tensor = empty(data.Dimensions.AsSpan().ToArray(), dtype: data.Type.ToScalarType());
        data.CopyTo(tensor.bytes);
        return tensor;
    }

    /// <summary>A copy of a tensor's values, from any device and in any memory format.</summary>
    public static TensorData ToTensorData(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var plain = tensor.detach().cpu().contiguous();
        return new(plain.dtype.ToElementType(), EquatableArray.Create<long>(plain.shape), plain.bytes.ToArray());
    }

    /// <summary>A tensor's values as they are whenever they are asked for, while it lives; what lies on the CPU in order is read where it is.</summary>
    public static TensorData ToCurrentData(this Tensor tensor)
    {
        var (type, dimensions) = (tensor.dtype.ToElementType(), EquatableArray.Create<long>(tensor.shape));
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
        {
            return TensorData.Computed(type, dimensions, bytes => tensor.CopyTo(bytes));
        }

        var size = type.Size();
        return TensorData.Computed(type, dimensions, (first, part) => tensor.bytes.Slice(checked((int)(first * size)), part.Length).CopyTo(part));
    }

    /// <summary>Copies a tensor's values, from any device and in any memory format, to memory of exactly their size.</summary>
    public static void CopyTo(this Tensor tensor, Span<byte> destination)
    {
        using var scope = NewDisposeScope();
        tensor.detach().cpu().contiguous().bytes.CopyTo(destination);
    }
}
