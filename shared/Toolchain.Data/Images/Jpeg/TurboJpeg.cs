using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toolchain.Data;

/// <summary>libjpeg-turbo's TurboJPEG API (turbojpeg.h, 2.1), where the system has it: a decompressor for each thread, which is freed some time after the thread ended.</summary>
internal sealed unsafe partial class TurboJpeg : SafeHandleZeroOrMinusOneIsInvalid
{
    private const string Library = "libturbojpeg.so.0";

    // TJFLAG_STOPONWARNING and TJFLAG_LIMITSCANS: damage ends the attempt, and so do hundreds of scans, which only cost time.
    private const int Strict = 8192 | 32768;

    [ThreadStatic]
    private static TurboJpeg? s_own;

    public TurboJpeg()
        : base(ownsHandle: true) => SetHandle(Create());

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, Assembly.GetExecutingAssembly(), null, out _);

    /// <summary>TJCS: the colours that a file stores.</summary>
    public enum Colours
    {
        Rgb = 0,
        LumaChroma = 1,
        Grey = 2,
    }

    /// <summary>TJPF: the bytes of a decoded pixel.</summary>
    public enum PixelFormat
    {
        Rgb = 0,
        Grey = 6,
    }

    /// <summary>Reads the header; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> jpeg, out int height, out int width, out Colours colours)
    {
        fixed (byte* data = jpeg)
            return IsRight(Header(s_own ??= new(), data, new((nuint)jpeg.Length), out width, out height, out _, out colours));
    }

    /// <summary>Decodes into rows without gaps; false when anything is wrong with the file.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> jpeg, Span<byte> pixels, int height, int width, PixelFormat format)
    {
        fixed (byte* data = jpeg)
        fixed (byte* target = pixels)
            return IsRight(Decompress(s_own ??= new(), data, new((nuint)jpeg.Length), target, width, 0, height, format, Strict));
    }

    protected override bool ReleaseHandle() => Destroy(handle) == 0;

    // After a damaged header a decompressor takes the next file for the rest of that one.
    private static bool IsRight(int status)
    {
        if (status != 0)
        {
            s_own?.Dispose();
            s_own = null;
        }

        return status == 0;
    }

    [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
    private static partial nint Create();

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    private static partial int Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "tjDecompressHeader3")]
    private static partial int Header(TurboJpeg handle, byte* jpeg, CULong length, out int width, out int height, out int subsampling, out Colours colours);

    [LibraryImport(Library, EntryPoint = "tjDecompress2")]
    private static partial int Decompress(TurboJpeg handle, byte* jpeg, CULong length, byte* pixels, int width, int pitch, int height, PixelFormat format, int flags);
}
