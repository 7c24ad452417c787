namespace Toolchain.Data;

/// <summary>
/// A window through which an image's pixels are computed on the calling thread. (Writing the whole image out would hand the work to
/// libvips' threads, and waking one costs more than decoding a small image.)
/// </summary>
internal readonly unsafe ref struct VipsRegion
{
    private readonly nint _handle;

    public VipsRegion(VipsImage image)
    {
        _handle = VipsNative.NewRegion(image);
        if (_handle == 0)
            throw new VipsException(VipsNative.TakeError());
    }

    /// <summary>Computes whole rows; from top to bottom when the image's source is sequential. The caller disposes the strip.</summary>
    public Strip Fetch(int top, int width, int rows)
    {
        var memory = VipsNative.FetchRegion(_handle, 0, top, width, rows, out var length);
        return memory != 0 ? new(memory, checked((int)length)) : throw new VipsException(VipsNative.TakeError());
    }

    public void Dispose() => VipsNative.Unreference(_handle);

    /// <summary>Computed pixels in memory of libvips.</summary>
    public readonly ref struct Strip(nint memory, int length)
    {
        public ReadOnlySpan<byte> Pixels => new((void*)memory, length);

        public void Dispose() => VipsNative.Free(memory);
    }
}
