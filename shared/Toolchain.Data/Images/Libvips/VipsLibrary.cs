using System.Reflection;
using System.Runtime.InteropServices;

namespace Toolchain.Data;

/// <summary>Finds libvips beside the program and starts it once per process.</summary>
internal static unsafe partial class VipsLibrary
{
    private const string FileName = "libvips-cpp.so";

    // GLib's G_LOG_LEVEL_WARNING, _MESSAGE, _INFO and _DEBUG.
    private const int LogBelowCritical = 0x10 | 0x20 | 0x40 | 0x80;

    private static readonly Lazy<bool> Started = new(Start);

    /// <summary>The library's version, for example <c>8.18.0</c>.</summary>
    /// <exception cref="ToolchainException">The library is missing or does not start (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static string Version
    {
        get
        {
            EnsureStarted();
            return $"{VipsNative.Version(0)}.{VipsNative.Version(1)}.{VipsNative.Version(2)}";
        }
    }

    /// <summary>Must be called before anything in <see cref="VipsNative"/> is.</summary>
    /// <exception cref="ToolchainException">The library is missing or does not start (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static void EnsureStarted() => _ = Started.Value;

    internal static nint Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Images cannot be decoded: libvips is not at {path}, or does not load ({e.Message.Trim()}). Run eng/setup.sh once and build again.", e);
        }
    }

    private static bool Start()
    {
        // Programs that use the packages have native libraries in a folder of the platform.
        var packaged = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        var library = Load(File.Exists(Path.Combine(packaged, FileName)) ? packaged : AppContext.BaseDirectory);
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == VipsNative.Library ? library : 0);

        if (VipsNative.Init("toolchain") != 0)
            throw new ToolchainException(ErrorKind.Unavailable, $"libvips does not start: {VipsNative.TakeError()}.");

        // A hostile image must not be able to write into the program's log.
        VipsNative.SetLogHandler("VIPS", LogBelowCritical, &Discard, 0);

        // Only the documented formats can be reached, whatever the bytes pretend to be.
        VipsNative.BlockUntrusted(1);
        VipsNative.BlockOperation("VipsForeignLoad", 1);
        foreach (var signature in ImageSignature.All)
            VipsNative.BlockOperation(signature.Block, 0);

        // Callers decode many images at once, so threads inside one image would only compete; and no image is decoded twice.
        VipsNative.SetConcurrency(1);
        VipsNative.SetCacheSize(0);
        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void Discard(byte* domain, int level, byte* message, nint data)
    {
    }
}
