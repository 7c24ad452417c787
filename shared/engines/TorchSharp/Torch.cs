using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace TorchSharp;

/// <summary>The package's entry point: factories, modes, devices and functions, named as in PyTorch.</summary>
public static partial class torch
{
    /// <summary>libtorch's version, such as 1.13.1.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Library.Version())!;

    /// <summary>Threads within an operation.</summary>
    public static int get_num_threads() => Library.NumThreads();

    public static void set_num_threads(int num) => Library.Check(Library.SetNumThreads(num));

    /// <summary>Threads between operations; can be set once, before any such work.</summary>
    public static int get_num_interop_threads() => Library.NumInteropThreads();

    public static void set_num_interop_threads(int num) => Library.Check(Library.SetNumInteropThreads(num));

    /// <summary>Makes operations that have no deterministic form throw (or warn).</summary>
    public static void use_deterministic_algorithms(bool mode = true, bool warn_only = false) =>
        Library.SetDeterministic(mode ? 1 : 0, warn_only ? 1 : 0);

    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>CUDA devices.</summary>
    public static partial class cuda
    {
        public static bool is_available() => Library.CudaDevices() > 0;

        public static bool is_cudnn_available() => Library.HasCudnn() != 0;

        public static int device_count() => Library.CudaDevices();

        /// <summary>Seeds the current device's generator; does nothing without CUDA.</summary>
        public static void manual_seed(long seed)
        {
            if (is_available())
                Seed(-1, seed);
        }

        public static void manual_seed_all(long seed)
        {
            for (var index = 0; index < device_count(); index++)
                Seed(index, seed);
        }

        /// <summary>Waits for everything queued on the device.</summary>
        public static void synchronize(Device? device = null) => Library.Check(Library.CudaSynchronize(device?.index ?? -1));

        private static void Seed(int index, long seed)
        {
            using var generator = Generator.DefaultOf(new Device(DeviceType.CUDA, index));
            generator.manual_seed(seed);
        }
    }

    /// <summary>Switches of the libraries under libtorch.</summary>
    public static partial class backends
    {
        public static partial class cuda
        {
            public static partial class matmul
            {
                public static bool allow_tf32
                {
                    get => Library.MatmulTf32() != 0;
                    set => Library.SetMatmulTf32(value ? 1 : 0);
                }
            }
        }

        public static partial class cudnn
        {
            public static bool allow_tf32
            {
                get => Library.CudnnTf32() != 0;
                set => Library.SetCudnnTf32(value ? 1 : 0);
            }
        }
    }
}
