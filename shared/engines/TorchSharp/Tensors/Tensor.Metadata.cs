using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private const sbyte Contiguous = 0;

        private static readonly Operator is_pinnedOp = new("is_pinned");

        public ScalarType dtype => Alive((ScalarType)Library.Dtype(Handle));

        public Device device => Alive(Device.Unpack(Library.Device(Handle)));

        public DeviceType device_type => Alive((DeviceType)(Library.Device(Handle) & 0xFF));

        public int device_index => Alive((int)(Library.Device(Handle) >> 8));

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public long Dimensions => CountDimensions();

        public long dim() => Dimensions;

        public long ndim => Dimensions;

        public long NumberOfElements => Alive(Library.Numel(Handle));

        public long numel() => NumberOfElements;

        /// <summary>Bytes per element.</summary>
        public long ElementSize => Alive(Library.ElementSize(Handle));

        public long element_size() => ElementSize;

        /// <summary>The size of every dimension; empty for a scalar.</summary>
        public long[] shape => Sizes();

        public long[] size() => Sizes();

        /// <summary>The size of one dimension; a negative one counts from the end.</summary>
        public long size(int dim) => At(Sizes(), dim);

        /// <summary>The strides in elements.</summary>
        public long[] stride() => Strides();

        public long stride(int dim) => At(Strides(), dim);

        public long storage_offset() => Alive(Library.StorageOffset(Handle));

        public bool is_contiguous() => Alive(Library.Check(Library.IsContiguous(Handle, Contiguous)) != 0);

        public bool is_pinned() => is_pinnedOp.CallValue(this).Integer != 0;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        private unsafe long[] Sizes()
        {
            long* sizes;
            var count = Library.Shape(Handle, &sizes);
            return Alive(new ReadOnlySpan<long>(sizes, count).ToArray());
        }

        private unsafe long[] Strides()
        {
            long* strides;
            var count = Library.Check(Library.Strides(Handle, &strides));
            return Alive(new ReadOnlySpan<long>(strides, count).ToArray());
        }

        private unsafe int CountDimensions()
        {
            long* sizes;
            return Alive(Library.Shape(Handle, &sizes));
        }

        private T Alive<T>(T value)
        {
            GC.KeepAlive(this);
            return value;
        }

        private static long At(long[] values, int dim)
        {
            var position = dim < 0 ? dim + values.Length : dim;
            if ((uint)position >= (uint)values.Length)
                throw new System.Runtime.InteropServices.ExternalException(
                    $"Dimension out of range (expected to be in range of [{-values.Length}, {values.Length - 1}], but got {dim})");
            return values[position];
        }
    }
}
