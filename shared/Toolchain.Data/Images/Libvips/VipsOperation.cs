namespace Toolchain.Data;

/// <summary>One call of a libvips operation: made, given its arguments, run, and its result taken out. Properties are libvips' own, by name.</summary>
internal sealed unsafe class VipsOperation : IDisposable
{
    private readonly nint _prepared;
    private nint _built;

    /// <param name="name">libvips' nickname of the operation, for example <c>pngload_buffer</c>.</param>
    /// <param name="options">Numbers and enumerations as libvips writes them: <c>width=28,size=force</c>.</param>
    public VipsOperation(string name, string options)
    {
        _prepared = VipsNative.NewOperation(name);
        if (_prepared == 0)
            throw new VipsException(VipsNative.TakeError());
        if (options.Length > 0 && VipsNative.SetFromString(_prepared, options) != 0)
        {
            Dispose();
            throw new VipsException(VipsNative.TakeError());
        }
    }

    public VipsOperation Set(string property, VipsImage image)
    {
        VipsNative.Value value = default;
        VipsNative.InitValue(&value, VipsNative.ImageType());
        VipsNative.SetObject(&value, image.DangerousGetHandle());
        VipsNative.SetProperty(_prepared, property, &value);
        VipsNative.UnsetValue(&value);
        return this;
    }

    /// <summary>Passes memory without copying it; it must stay where it is until every image made from it is disposed.</summary>
    public VipsOperation Set(string property, byte* data, int length)
    {
        var blob = VipsNative.NewBlob(0, data, (nuint)length);
        VipsNative.Value value = default;
        VipsNative.InitValue(&value, VipsNative.BlobType());
        VipsNative.SetBoxed(&value, blob);
        VipsNative.SetProperty(_prepared, property, &value);
        VipsNative.UnsetValue(&value);
        VipsNative.UnreferenceBlob(blob);
        return this;
    }

    /// <summary>Runs the operation and takes the image <c>out</c>, which the caller disposes.</summary>
    public VipsImage RunToImage()
    {
        Run();
        VipsNative.Value value = default;
        VipsNative.InitValue(&value, VipsNative.ImageType());
        VipsNative.GetProperty(_built, "out", &value);
        var image = new VipsImage(VipsNative.DuplicateObject(&value));
        VipsNative.UnsetValue(&value);
        return image;
    }

    /// <summary>Runs the operation and copies the bytes of <c>buffer</c>.</summary>
    public byte[] RunToBytes()
    {
        Run();
        VipsNative.Value value = default;
        VipsNative.InitValue(&value, VipsNative.BlobType());
        VipsNative.GetProperty(_built, "buffer", &value);
        var data = VipsNative.BlobData(VipsNative.GetBoxed(&value), out var length);
        var bytes = new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
        VipsNative.UnsetValue(&value);
        return bytes;
    }

    public void Dispose()
    {
        // Built or not, the outputs are released once: without a cache, what was built is the prepared operation with one more reference,
        // and a build that failed may have made outputs before it did.
        VipsNative.UnreferenceOutputs(_prepared);
        if (_built != 0)
            VipsNative.Unreference(_built);
        VipsNative.Unreference(_prepared);
    }

    private void Run()
    {
        _built = VipsNative.Build(_prepared);
        if (_built == 0)
            throw new VipsException(VipsNative.TakeError());
    }
}
