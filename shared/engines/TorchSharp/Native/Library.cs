using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>The native door: the C ABI of <c>toolchain_torch</c>, over libtorch.</summary>
internal static unsafe partial class Library
{
    private const string Name = "toolchain_torch";

    /// <summary>Throws the calling thread's last native error as TorchSharp does, with libtorch's text.</summary>
    [DoesNotReturn]
    internal static void Throw() => throw new ExternalException(Marshal.PtrToStringUTF8(LastError()));

    internal static int Check(int status)
    {
        if (status < 0)
            Throw();
        return status;
    }

    internal static nint Check(nint pointer)
    {
        if (pointer == 0)
            Throw();
        return pointer;
    }

    [LibraryImport(Name, EntryPoint = "toolchain_last_error")]
    private static partial nint LastError();

    [LibraryImport(Name, EntryPoint = "toolchain_torch_version")]
    internal static partial nint Version();

    [LibraryImport(Name, EntryPoint = "toolchain_live_tensors")]
    internal static partial long LiveTensors();

    [LibraryImport(Name, EntryPoint = "toolchain_operator", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint FindOperator(string name, string overload);

    [LibraryImport(Name, EntryPoint = "toolchain_call")]
    internal static partial int Call(nint op, Value* arguments, int count, Value* results, int capacity);

    [LibraryImport(Name, EntryPoint = "toolchain_free_list")]
    internal static partial void FreeList(nint* handles);

    [LibraryImport(Name, EntryPoint = "toolchain_release")]
    internal static partial void Release(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_alias")]
    internal static partial nint Alias(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_tensor_copy_of")]
    internal static partial nint CopyOf(void* data, long* sizes, int dimensions, sbyte type);

    [LibraryImport(Name, EntryPoint = "toolchain_tensor_over")]
    internal static partial nint Over(void* data, long* sizes, int dimensions, sbyte type, delegate* unmanaged<nint, void> release, nint context);

    [LibraryImport(Name, EntryPoint = "toolchain_shape"), SuppressGCTransition]
    internal static partial int Shape(nint tensor, long** sizes);

    [LibraryImport(Name, EntryPoint = "toolchain_strides")]
    internal static partial int Strides(nint tensor, long** strides);

    [LibraryImport(Name, EntryPoint = "toolchain_numel"), SuppressGCTransition]
    internal static partial long Numel(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_element_size"), SuppressGCTransition]
    internal static partial long ElementSize(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_dtype"), SuppressGCTransition]
    internal static partial sbyte Dtype(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_device"), SuppressGCTransition]
    internal static partial long Device(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_storage_offset"), SuppressGCTransition]
    internal static partial long StorageOffset(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_is_contiguous")]
    internal static partial int IsContiguous(nint tensor, sbyte format);

    [LibraryImport(Name, EntryPoint = "toolchain_data")]
    internal static partial nint Data(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_requires_grad")]
    internal static partial int RequiresGrad(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_set_requires_grad")]
    internal static partial int SetRequiresGrad(nint tensor, int value);

    [LibraryImport(Name, EntryPoint = "toolchain_is_leaf")]
    internal static partial int IsLeaf(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_retain_grad")]
    internal static partial int RetainGrad(nint tensor);

    [LibraryImport(Name, EntryPoint = "toolchain_grad")]
    internal static partial int Grad(nint tensor, nint* gradient);

    [LibraryImport(Name, EntryPoint = "toolchain_set_grad")]
    internal static partial int SetGrad(nint tensor, nint gradient);

    [LibraryImport(Name, EntryPoint = "toolchain_backward")]
    internal static partial int Backward(nint* outputs, nint* gradients, int count, int retainGraph, int createGraph, nint* inputs, int inputCount);

    [LibraryImport(Name, EntryPoint = "toolchain_gradients")]
    internal static partial int Gradients(nint* outputs, nint* gradients, int count, nint* inputs, int inputCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Name, EntryPoint = "toolchain_grad_mode"), SuppressGCTransition]
    internal static partial int GradMode();

    [LibraryImport(Name, EntryPoint = "toolchain_set_grad_mode"), SuppressGCTransition]
    internal static partial void SetGradMode(int enabled);

    [LibraryImport(Name, EntryPoint = "toolchain_is_inference_mode"), SuppressGCTransition]
    internal static partial int IsInferenceMode();

    [LibraryImport(Name, EntryPoint = "toolchain_enter_inference_mode")]
    internal static partial nint EnterInferenceMode(int enabled);

    [LibraryImport(Name, EntryPoint = "toolchain_leave_inference_mode")]
    internal static partial void LeaveInferenceMode(nint guard);

    [LibraryImport(Name, EntryPoint = "toolchain_manual_seed")]
    internal static partial int ManualSeed(ulong seed);

    [LibraryImport(Name, EntryPoint = "toolchain_default_generator")]
    internal static partial nint DefaultGenerator(long device);

    [LibraryImport(Name, EntryPoint = "toolchain_new_generator")]
    internal static partial nint NewGenerator(ulong seed, long device);

    [LibraryImport(Name, EntryPoint = "toolchain_release_generator")]
    internal static partial void ReleaseGenerator(nint generator);

    [LibraryImport(Name, EntryPoint = "toolchain_generator_seed")]
    internal static partial ulong GeneratorSeed(nint generator);

    [LibraryImport(Name, EntryPoint = "toolchain_seed_generator")]
    internal static partial int SeedGenerator(nint generator, ulong seed);

    [LibraryImport(Name, EntryPoint = "toolchain_generator_state")]
    internal static partial nint GeneratorState(nint generator);

    [LibraryImport(Name, EntryPoint = "toolchain_set_generator_state")]
    internal static partial int SetGeneratorState(nint generator, nint state);

    [LibraryImport(Name, EntryPoint = "toolchain_num_threads")]
    internal static partial int NumThreads();

    [LibraryImport(Name, EntryPoint = "toolchain_num_interop_threads")]
    internal static partial int NumInteropThreads();

    [LibraryImport(Name, EntryPoint = "toolchain_set_num_threads")]
    internal static partial int SetNumThreads(int count);

    [LibraryImport(Name, EntryPoint = "toolchain_set_num_interop_threads")]
    internal static partial int SetNumInteropThreads(int count);

    [LibraryImport(Name, EntryPoint = "toolchain_cuda_devices")]
    internal static partial int CudaDevices();

    [LibraryImport(Name, EntryPoint = "toolchain_cuda_synchronize")]
    internal static partial int CudaSynchronize(int index);

    [LibraryImport(Name, EntryPoint = "toolchain_has_cudnn")]
    internal static partial int HasCudnn();

    [LibraryImport(Name, EntryPoint = "toolchain_matmul_tf32")]
    internal static partial int MatmulTf32();

    [LibraryImport(Name, EntryPoint = "toolchain_set_matmul_tf32")]
    internal static partial void SetMatmulTf32(int allow);

    [LibraryImport(Name, EntryPoint = "toolchain_cudnn_tf32")]
    internal static partial int CudnnTf32();

    [LibraryImport(Name, EntryPoint = "toolchain_set_cudnn_tf32")]
    internal static partial void SetCudnnTf32(int allow);

    [LibraryImport(Name, EntryPoint = "toolchain_set_deterministic")]
    internal static partial void SetDeterministic(int mode, int warnOnly);
}
