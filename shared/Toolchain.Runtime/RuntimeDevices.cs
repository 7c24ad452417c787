using System.Runtime.InteropServices;

namespace Toolchain.Runtime;

/// <summary>The devices that ONNX Runtime can use on this machine.</summary>
public static partial class RuntimeDevices
{
    /// <summary>The version of ONNX Runtime.</summary>
    public static string Version => RuntimeLog.Environment.GetVersionString();

    /// <summary>The device to use for a request: <c>auto</c> takes CUDA where the provider and a GPU are there.</summary>
    /// <exception cref="ToolchainException">CUDA was asked for and is not there; the message says what is missing (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static DeviceSpec Resolve(DeviceSpec requested)
    {
        var provider = RuntimeLog.Environment.GetAvailableProviders().Contains("CUDAExecutionProvider");
        return requested.Resolve(
            provider ? CudaDriver.DeviceCount() : 0,
            provider
                ? "ONNX Runtime has its CUDA provider, but no GPU answers (is the NVIDIA driver installed?)"
                : "this ONNX Runtime has no CUDA provider (eng/setup.sh --gpu installs it)");
    }

    /// <summary>The NVIDIA driver, asked directly: ONNX Runtime itself only notices a missing GPU when a session is made.</summary>
    private static partial class CudaDriver
    {
        internal static int DeviceCount()
        {
            try
            {
                return Init(0) == 0 && GetCount(out var count) == 0 ? count : 0;
            }
            catch (DllNotFoundException)
            {
                return 0;
            }
        }

        [LibraryImport("libcuda.so.1", EntryPoint = "cuInit")]
        private static partial int Init(uint flags);

        [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGetCount")]
        private static partial int GetCount(out int count);
    }
}
