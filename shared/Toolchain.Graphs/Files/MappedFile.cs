using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toolchain.Graphs.Files;

/// <summary>
/// A file mapped into memory for reading. Pages are loaded when they are touched and dropped by the kernel when memory is short, so opening
/// costs the same for any size. The mapping ends some time after the last window is unreachable; nobody disposes it.
/// </summary>
internal sealed unsafe partial class MappedFile : ByteSource
{
    // A span does not keep its owner alive, so "weights[name].Bytes.Span" may outlive every reference to the mapping, and reading it after
    // the unmapping would end the process. A minute is far longer than a loop over one tensor takes.
    private static readonly TimeSpan StandardGrace = TimeSpan.FromMinutes(1);

    private readonly SafeMemoryMappedViewHandle _view;
    private readonly byte* _start;
    private readonly TimeSpan _grace;
    private long _unreachableSince;

    private MappedFile(SafeMemoryMappedViewHandle view, long offset, long length, TimeSpan grace)
    {
        (_view, _grace, Length) = (view, grace, length);
        byte* start = null;
        view.AcquirePointer(ref start);
        _start = start + offset;
    }

    /// <summary>Unmaps once nothing can be reading any more.</summary>
    ~MappedFile()
    {
        _unreachableSince = _unreachableSince == 0 ? Environment.TickCount64 : _unreachableSince;
        if (Environment.TickCount64 - _unreachableSince < _grace.TotalMilliseconds)
        {
            GC.ReRegisterForFinalize(this);
            return;
        }

        _view.ReleasePointer();
        _view.Dispose();
    }

    internal override long Length { get; }

    /// <summary>Maps a file; an empty one is an empty source.</summary>
    /// <exception cref="ToolchainException">There is no such file (<see cref="ErrorKind.NotFound"/>), or it cannot be read.</exception>
    internal static ByteSource Open(string path, TimeSpan? grace = null)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var length = file.Length;
            if (length == 0)
            {
                return new MemorySource(default);
            }

            using var map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new MappedFile(view.SafeMemoryMappedViewHandle, view.PointerOffset, length, grace ?? StandardGrace);
        }
        catch (Exception e) when (FileErrors.Describe(e, "read", path) is { } error)
        {
            throw error;
        }
    }

    /// <summary>
    /// Takes the pages of a window out of this process's memory until they are touched again; they stay in the kernel's cache. Memory that is not mapped stays as it is.
    /// </summary>
    internal static void Release(ReadOnlyMemory<byte> memory)
    {
        if (MemoryMarshal.TryGetMemoryManager<byte, MappedWindow>(memory, out var window, out var start, out var length))
        {
            window.Release(start, length);
        }
    }

    internal override ReadOnlySpan<byte> Span(long offset, int length)
    {
        Check(offset, length);
        return new(_start + offset, length);
    }

    internal override ReadOnlyMemory<byte> Window(long offset, int length)
    {
        Check(offset, length);
        return new MappedWindow(this, _start + offset, length).Memory;
    }

    internal override void Release() => Release(_start, Length);

    // madvise(2), whose advice changes nothing but speed where a mapping is only read. Pages that are shared with a neighbour go too: it loads them again.
    private static void Release(byte* start, long length)
    {
        const int dontNeed = 4;
        var page = (nuint)Environment.SystemPageSize;
        var from = (nuint)start / page * page;
        if (!OperatingSystem.IsWindows())
        {
            _ = Advise((void*)from, (nuint)(start + length) - from, dontNeed);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);

    private sealed class MappedWindow(MappedFile owner, byte* start, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(start, length);

        // Mapped memory never moves; the handle only has to keep the mapping.
        public override MemoryHandle Pin(int elementIndex = 0) =>
            (uint)elementIndex <= (uint)length ? new(start + elementIndex, default, this) : throw new ArgumentOutOfRangeException(nameof(elementIndex));

        public override void Unpin() => GC.KeepAlive(owner);

        public void Release(int first, int count)
        {
            MappedFile.Release(start + first, count);
            GC.KeepAlive(owner);
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
