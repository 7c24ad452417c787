using System.Buffers;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toolchain.Runtime;

/// <summary>
/// A file that lies in memory and in no folder (memfd_create(2)): what opens files by their path can read it, nobody can change it once it is sealed, and its memory goes back when it is
/// disposed, without the garbage collector. The caller disposes it.
/// </summary>
public sealed partial class MemoryFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private MemoryMappedViewAccessor? _view;

    private MemoryFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Where this process finds it.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_handle.DangerousGetHandle()}");

    /// <summary>An empty one; null where the system is not Linux, or has none.</summary>
    public static MemoryFile? TryCreate()
    {
        // MFD_CLOEXEC and MFD_ALLOW_SEALING.
        var file = OperatingSystem.IsLinux() ? Create("model", 3) : -1;
        return file >= 0 ? new(new SafeFileHandle(file, ownsHandle: true)) : null;
    }

    /// <summary>Writes it from the beginning; the caller disposes the stream, once.</summary>
    public Stream Write() => new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>From now on it is as it is.</summary>
    /// <exception cref="IOException">The system refuses: somebody still writes it.</exception>
    public void Seal()
    {
        // F_ADD_SEALS with F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE.
        if (Control((int)_handle.DangerousGetHandle(), 1033, 15) != 0)
        {
            throw new IOException("A file in memory could not be sealed.");
        }
    }

    /// <summary>Its content, to be read before it is disposed.</summary>
    /// <exception cref="ToolchainException">It is larger than one piece of memory can be (<see cref="ErrorKind.BadInput"/>).</exception>
    public unsafe ReadOnlyMemory<byte> Read()
    {
        var length = RandomAccess.GetLength(_handle);
        if (length is 0 or > int.MaxValue)
        {
            return length == 0 ? default : throw new ToolchainException(ErrorKind.BadInput, $"A file of {length} bytes cannot be loaded: it may have {int.MaxValue} at most, and keeps its weights in a file beside it then.");
        }

        if (_view is null)
        {
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            using var map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        }

        return new Window((byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle() + _view.PointerOffset, (int)length).Memory;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view?.Dispose();
        _handle.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int file, int command, int argument);

    private sealed unsafe class Window(byte* start, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(start, length);

        // It never moves.
        public override MemoryHandle Pin(int elementIndex = 0) =>
            (uint)elementIndex <= (uint)length ? new(start + elementIndex) : throw new ArgumentOutOfRangeException(nameof(elementIndex));

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
