using Microsoft.Win32.SafeHandles;

namespace Toolchain.Data;

/// <summary>A libvips image: a header, and pixels that are computed when they are asked for.</summary>
internal sealed unsafe class VipsImage : SafeHandleZeroOrMinusOneIsInvalid
{
    // VIPS_FORMAT_UCHAR and VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_B_W and VIPS_INTERPRETATION_sRGB.
    private const int UnsignedByte = 0;
    private const int UnsignedShort = 2;
    private const int Grey = 1;
    private const int StandardRgb = 22;

    public VipsImage(nint handle)
        : base(ownsHandle: true)
    {
        if (handle == 0)
            throw new VipsException(VipsNative.TakeError());
        SetHandle(handle);
    }

    public int Width => VipsNative.Width(this);

    public int Height => VipsNative.Height(this);

    public int Bands => VipsNative.Bands(this);

    public bool HasAlpha => VipsNative.HasAlpha(this) != 0;

    public bool IsBytes => VipsNative.BandFormat(this) == UnsignedByte;

    /// <summary>Whether values reach from black at 0 to white at the largest that their type has; of signed numbers and fractions nobody says.</summary>
    public bool HasKnownRange => VipsNative.BandFormat(this) is UnsignedByte or UnsignedShort;

    /// <summary>Whether the pixels are grey or sRGB bytes already, without transparency.</summary>
    public bool IsPlain => IsBytes && (Bands, VipsNative.Interpretation(this)) is (1, Grey) or (3, StandardRgb);

    /// <summary>The EXIF orientation: 1 (as stored) to 8; from 5 on, height and width change places.</summary>
    public int Orientation => VipsNative.Orientation(this);

    /// <summary>Opens an encoded image; the memory must stay where it is until every image made from it is disposed.</summary>
    public static VipsImage Load(string loader, byte* data, int length, string options)
    {
        using var operation = new VipsOperation(loader, options);
        return operation.Set("buffer", data, length).RunToImage();
    }

    /// <summary>Wraps <c>uint8 [H, W, C]</c>; the memory must stay where it is until every image made from it is disposed.</summary>
    public static VipsImage Wrap(byte* pixels, int height, int width, int channels) =>
        new(VipsNative.ImageFromMemory(pixels, (nuint)height * (nuint)width * (nuint)channels, width, height, channels, UnsignedByte));

    /// <summary>The result of an operation that takes one image and gives one.</summary>
    public VipsImage Apply(string operation, string options = "")
    {
        using var call = new VipsOperation(operation, options);
        return call.Set("in", this).RunToImage();
    }

    /// <summary>The image with its pixels computed and in memory, so that they can be read in any order.</summary>
    public VipsImage InMemory() => new(VipsNative.CopyToMemory(this));

    /// <summary>The encoded image.</summary>
    public byte[] Save(string saver, string options)
    {
        using var call = new VipsOperation(saver, options);
        return call.Set("in", this).RunToBytes();
    }

    protected override bool ReleaseHandle()
    {
        VipsNative.Unreference(handle);
        return true;
    }
}
