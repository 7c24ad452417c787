using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator itemOp = new("_local_scalar_dense");
        private static readonly Operator fillOp = new("fill_", "Scalar");
        private static readonly Operator zeroOp = new("zero_");
        private static readonly Operator copyOp = new("copy_");
        private static readonly Operator setOp = new("set_", "source_Tensor");

        /// <summary>
        /// The raw bytes of a contiguous CPU tensor of less than 2 GiB, shared with it: valid only while the tensor lives.
        /// Setting copies into the tensor and needs exactly as many bytes.
        /// </summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                var size = NumberOfElements * ElementSize;
                ValidateBytes(size);
                return new Span<byte>((void*)Library.Data(Handle), (int)size);
            }
            set
            {
                var size = NumberOfElements * ElementSize;
                ValidateBytes(size);
                if (size != value.Length)
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(new Span<byte>((void*)Library.Data(Handle), value.Length));
                GC.KeepAlive(this);
            }
        }

        /// <summary>The elements of a tensor as .NET values; one that is not on the CPU is copied there first.</summary>
        public Utils.TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            ValidateType(typeof(T));
            return new Utils.TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        /// <summary>The value of a tensor with one element.</summary>
        public T item<T>()
            where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>()[0];
        }

        /// <summary>The value of a tensor with one element, whatever its type.</summary>
        public Scalar ToScalar() => new(itemOp.CallValue(NumberOfElements == 1 ? this : throw new ArgumentException("Number of elements in the tensor must be 1")));

        public Tensor fill_(Scalar value) => fillOp.InPlace(this, this, value);

        public Tensor zero_() => zeroOp.InPlace(this, this);

        /// <summary>Copies the elements of <paramref name="source"/>, of any type and device, broadcast to this tensor's shape.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => copyOp.InPlace(this, this, source, nonBlocking);

        /// <summary>Makes this tensor share the storage, shape and strides of <paramref name="source"/>.</summary>
        public Tensor set_(Tensor source) => setOp.InPlace(this, this, source);

        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);

        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);

        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);

        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);

        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);

        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);

        public T ReadCpuValue<T>(long i)
            where T : unmanaged
        {
            ValidateType(typeof(T));
            return new Utils.TensorAccessor<T>(this)[i];
        }

        internal void ValidateType(Type type)
        {
            var expected = dtype switch
            {
                ScalarType.Byte => typeof(byte),
                ScalarType.Int8 => typeof(sbyte),
                ScalarType.Int16 => typeof(short),
                ScalarType.Int32 => typeof(int),
                ScalarType.Int64 => typeof(long),
                ScalarType.Float16 => typeof(Half),
                ScalarType.Float32 => typeof(float),
                ScalarType.Float64 => typeof(double),
                ScalarType.Bool => typeof(bool),
                _ => null,
            };
            if (type != expected)
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }

        private void ValidateBytes(long size)
        {
            if (!is_contiguous())
                throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
            if (size > int.MaxValue)
                throw new ArgumentException("Span only supports up to int.MaxValue elements.");
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }
    }
}
