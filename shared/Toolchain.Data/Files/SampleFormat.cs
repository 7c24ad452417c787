namespace Toolchain.Data;

/// <summary>A kind of file that samples are decoded from. Safe to use from many threads at once.</summary>
internal abstract class SampleFormat
{
    /// <summary>Names everything but the file and the shape that decides the decoded bytes; a cache made under another rule is not used.</summary>
    public abstract string Rule { get; }

    /// <summary>Looks at a file without decoding all of it.</summary>
    /// <exception cref="ToolchainException">It is not such a file, or is damaged (<see cref="ErrorKind.BadInput"/>); the message does not have the path.</exception>
    public abstract SampleFile Inspect(SamplePath path);

    /// <summary>By what a file, and what belongs to it, is taken to be unchanged.</summary>
    public virtual FileStamp StampOf(string path) => FileStamp.Of(path);

    /// <summary>Begins to decode a file; the caller disposes the reader.</summary>
    /// <param name="file">The file.</param>
    /// <param name="shape">The shape to decode to.</param>
    public abstract SampleReader Open(SampleFile file, PixelShape shape);
}

/// <summary>Decodes the samples of one file, best in ascending order. Used by one thread.</summary>
internal abstract class SampleReader : IDisposable
{
    /// <summary>Decodes a sample.</summary>
    /// <param name="row">Its number in the file.</param>
    /// <param name="pixels">Receives <c>uint8 [H, W, C]</c>; exactly as long.</param>
    /// <exception cref="ToolchainException">The file is damaged (<see cref="ErrorKind.BadInput"/>); the message does not have the path.</exception>
    public abstract void Read(int row, Span<byte> pixels);

    public virtual void Dispose()
    {
    }
}
