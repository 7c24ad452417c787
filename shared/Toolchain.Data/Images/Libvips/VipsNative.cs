using System.Runtime.InteropServices;

namespace Toolchain.Data;

/// <summary>The part of the C API of libvips and GObject that images need (libvips 8.18; https://www.libvips.org/API/current/).</summary>
internal static unsafe partial class VipsNative
{
    public const string Library = "libvips-cpp";

    [LibraryImport(Library, EntryPoint = "vips_init", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Init(string program);

    /// <summary>The major (0), minor (1) or micro (2) number of the library's version.</summary>
    [LibraryImport(Library, EntryPoint = "vips_version")]
    public static partial int Version(int part);

    [LibraryImport(Library, EntryPoint = "vips_block_untrusted_set")]
    public static partial void BlockUntrusted(int blocked);

    [LibraryImport(Library, EntryPoint = "vips_operation_block_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void BlockOperation(string type, int blocked);

    [LibraryImport(Library, EntryPoint = "vips_concurrency_set")]
    public static partial void SetConcurrency(int threads);

    [LibraryImport(Library, EntryPoint = "vips_cache_set_max")]
    public static partial void SetCacheSize(int operations);

    [LibraryImport(Library, EntryPoint = "g_log_set_handler", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint SetLogHandler(string domain, int levels, delegate* unmanaged[Cdecl]<byte*, int, byte*, nint, void> handler, nint data);

    [LibraryImport(Library, EntryPoint = "vips_error_buffer_copy")]
    private static partial nint CopyAndClearErrors();

    [LibraryImport(Library, EntryPoint = "g_free")]
    public static partial void Free(nint memory);

    [LibraryImport(Library, EntryPoint = "g_object_unref")]
    public static partial void Unreference(nint instance);

    [LibraryImport(Library, EntryPoint = "vips_tracked_get_mem")]
    public static partial nuint TrackedBytes();

    [LibraryImport(Library, EntryPoint = "vips_operation_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint NewOperation(string name);

    [LibraryImport(Library, EntryPoint = "vips_object_set_from_string", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetFromString(nint instance, string properties);

    [LibraryImport(Library, EntryPoint = "vips_cache_operation_build")]
    public static partial nint Build(nint operation);

    [LibraryImport(Library, EntryPoint = "vips_object_unref_outputs")]
    public static partial void UnreferenceOutputs(nint operation);

    [LibraryImport(Library, EntryPoint = "g_object_set_property", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetProperty(nint instance, string name, Value* value);

    [LibraryImport(Library, EntryPoint = "g_object_get_property", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void GetProperty(nint instance, string name, Value* value);

    [LibraryImport(Library, EntryPoint = "g_value_init")]
    public static partial Value* InitValue(Value* value, nuint type);

    [LibraryImport(Library, EntryPoint = "g_value_unset")]
    public static partial void UnsetValue(Value* value);

    [LibraryImport(Library, EntryPoint = "g_value_set_object")]
    public static partial void SetObject(Value* value, nint instance);

    [LibraryImport(Library, EntryPoint = "g_value_dup_object")]
    public static partial nint DuplicateObject(Value* value);

    [LibraryImport(Library, EntryPoint = "g_value_set_boxed")]
    public static partial void SetBoxed(Value* value, nint boxed);

    [LibraryImport(Library, EntryPoint = "g_value_get_boxed")]
    public static partial nint GetBoxed(Value* value);

    [LibraryImport(Library, EntryPoint = "vips_blob_get_type")]
    public static partial nuint BlobType();

    [LibraryImport(Library, EntryPoint = "vips_blob_new")]
    public static partial nint NewBlob(nint free, void* data, nuint length);

    [LibraryImport(Library, EntryPoint = "vips_blob_get")]
    public static partial byte* BlobData(nint blob, out nuint length);

    [LibraryImport(Library, EntryPoint = "vips_area_unref")]
    public static partial void UnreferenceBlob(nint blob);

    [LibraryImport(Library, EntryPoint = "vips_image_get_type")]
    public static partial nuint ImageType();

    [LibraryImport(Library, EntryPoint = "vips_image_new_from_memory")]
    public static partial nint ImageFromMemory(void* data, nuint length, int width, int height, int bands, int format);

    [LibraryImport(Library, EntryPoint = "vips_image_copy_memory")]
    public static partial nint CopyToMemory(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_region_new")]
    public static partial nint NewRegion(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_region_fetch")]
    public static partial nint FetchRegion(nint region, int left, int top, int width, int height, out nuint length);

    [LibraryImport(Library, EntryPoint = "vips_image_get_width")]
    public static partial int Width(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_height")]
    public static partial int Height(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_bands")]
    public static partial int Bands(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_format")]
    public static partial int BandFormat(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_interpretation")]
    public static partial int Interpretation(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_image_hasalpha")]
    public static partial int HasAlpha(VipsImage image);

    [LibraryImport(Library, EntryPoint = "vips_image_get_orientation")]
    public static partial int Orientation(VipsImage image);

    /// <summary>
    /// The first line of libvips' error log, which is then emptied. The log is one for the whole process: when several images fail at the
    /// same moment, a line may belong to a neighbour, or be gone.
    /// </summary>
    public static string TakeError()
    {
        var text = CopyAndClearErrors();
        try
        {
            return Marshal.PtrToStringUTF8(text)?.Split('\n', 2)[0].Trim() is { Length: > 0 } line ? line : "no details";
        }
        finally
        {
            Free(text);
        }
    }

    /// <summary>GLib's GValue: a type and room for two machine words.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Value
    {
        public nuint Type;
        public ulong First;
        public ulong Second;
    }
}
