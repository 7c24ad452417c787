using Toolchain.Registry;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Execution;

/// <summary>The devices and threads of libtorch on this machine.</summary>
internal static class TorchDevice
{
    /// <summary>The engine's name and version, for manifests: libtorch 1.13.1, for example.</summary>
    public static string EngineVersion => torch.__version__;

    /// <summary>The engine, for manifests.</summary>
    public static EngineSpec Engine => new("libtorch", EngineVersion);

    /// <summary>The device to train on.</summary>
    /// <exception cref="ToolchainException">CUDA was asked for and is not there (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static Device Resolve(DeviceSpec requested)
    {
        var spec = requested.Resolve(
            cuda.is_available() ? cuda.device_count() : 0,
            "this libtorch reaches no GPU (it was built without CUDA, or the NVIDIA driver is missing)");
        return spec.Kind == DeviceKind.Cuda ? device(DeviceType.CUDA, spec.Index) : CPU;
    }

    /// <summary>Sets libtorch's threads; without a number, one per core: libtorch itself would use one only, where OpenMP finds no cores.</summary>
    public static int UseThreads(int? asked)
    {
        var threads = asked ?? Environment.ProcessorCount;
        set_num_threads(threads);
        return threads;
    }
}
