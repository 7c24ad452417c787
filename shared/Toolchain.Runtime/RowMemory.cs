using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Toolchain.Runtime;

/// <summary>
/// Host memory that rows lie in, at addresses that never change, of the kind that a device reads and writes without a detour. Whoever makes it disposes it, after the last
/// use of its blocks and of ONNX Runtime's views of them.
/// </summary>
internal abstract class RowMemory : IDisposable
{
    /// <summary>What ONNX Runtime calls such memory; valid until it is disposed.</summary>
    public abstract OrtMemoryInfo Kind { get; }

    /// <summary>The memory that suits a session's device.</summary>
    /// <remarks>
    /// A GPU copies by itself from and to page-locked memory; of other memory the driver makes a page-locked copy first. An ONNX Runtime that does not give page-locked memory
    /// away leaves it at that: rows are the same, only later.
    /// </remarks>
    public static RowMemory For(ModelSession session) => session.Device.Kind switch
    {
        DeviceKind.Cpu => new AlignedMemory(),
        DeviceKind.Cuda => AllocatorMemory.PageLocked(session) ?? (RowMemory)new AlignedMemory(),
        var other => throw new ArgumentOutOfRangeException(nameof(session), other, "A session runs on a device that is known."),
    };

    /// <summary>Takes a block, which is given back with the memory.</summary>
    /// <param name="bytes">Its size, at least 1.</param>
    /// <returns>Its address, a multiple of 64.</returns>
    /// <exception cref="ToolchainException">There is not so much (<see cref="ErrorKind.Unavailable"/>).</exception>
    public abstract nint Allocate(long bytes);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Memory of the process. The operating system provides it when it is first used.</summary>
internal sealed unsafe class AlignedMemory : RowMemory
{
    // The widest vector registers and a cache line.
    private const int Alignment = 64;
    private readonly List<nint> _blocks = [];

    /// <inheritdoc/>
    public override OrtMemoryInfo Kind => OrtMemoryInfo.DefaultInstance;

    /// <inheritdoc/>
    public override nint Allocate(long bytes)
    {
        try
        {
            _blocks.Add((nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), Alignment));
            return _blocks[^1];
        }
        catch (OutOfMemoryException none)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"There are no {bytes} bytes of memory for the rows of a model. Run smaller batches.", none);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _blocks.ForEach(static block => NativeMemory.AlignedFree((void*)block));
        _blocks.Clear();
    }
}

/// <summary>Memory of an allocator that ONNX Runtime has for a session; it is provided whole, at once.</summary>
internal sealed class AllocatorMemory : RowMemory
{
    // The name of CUDA's page-locked memory in ONNX Runtime.
    private const string CudaPinned = "CudaPinned";
    private readonly OrtAllocator _allocator;
    private readonly List<OrtMemoryAllocation> _blocks = [];

    private AllocatorMemory(OrtAllocator allocator) => (_allocator, Kind) = (allocator, allocator.Info);

    /// <inheritdoc/>
    public override OrtMemoryInfo Kind { get; }

    /// <summary>Page-locked memory of a session's GPU; null when ONNX Runtime has none for it.</summary>
    public static AllocatorMemory? PageLocked(ModelSession session)
    {
        // It belongs to the session's device, in older versions to device 0 whichever that is.
        foreach (var device in new[] { session.Device.Index, 0 }.Distinct())
        {
            using var kind = new OrtMemoryInfo(CudaPinned, OrtAllocatorType.DeviceAllocator, device, OrtMemType.CpuOutput);
            if (Of(session, kind) is { } memory)
            {
                return memory;
            }
        }

        return null;
    }

    /// <summary>Memory of a kind; null when ONNX Runtime has none of it for the session.</summary>
    public static AllocatorMemory? Of(ModelSession session, OrtMemoryInfo kind) => session.Allocator(kind) is { } allocator ? new(allocator) : null;

    /// <inheritdoc/>
    public override nint Allocate(long bytes)
    {
        try
        {
            // The API takes the size as a uint.
            _blocks.Add(_allocator.Allocate(checked((uint)bytes)));
            return _blocks[^1].DangerousGetHandle();
        }
        catch (Exception none) when (none is OnnxRuntimeException or OverflowException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"ONNX Runtime has no {bytes} bytes of {Kind.Name} memory for the rows of a model: {none.Message.Trim()} Run smaller batches.", none);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _blocks.ForEach(static block => block.Dispose());
        _blocks.Clear();
        _allocator.Dispose();
    }
}
