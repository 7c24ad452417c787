namespace Toolchain.Graphs.Files;

/// <summary>Bytes that can be looked at anywhere without copying them; more than 2 GiB of them may exist.</summary>
internal abstract class ByteSource
{
    /// <summary>The number of bytes.</summary>
    internal abstract long Length { get; }

    /// <summary>A window for immediate use.</summary>
    internal abstract ReadOnlySpan<byte> Span(long offset, int length);

    /// <summary>A window to keep; it keeps the source alive.</summary>
    internal abstract ReadOnlyMemory<byte> Window(long offset, int length);

    /// <summary>Says that nothing is being read for now: what was only loaded to be looked at may go until it is looked at again.</summary>
    internal virtual void Release()
    {
    }

    protected void Check(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"A window of {length} bytes does not fit into {Length} bytes.");
        }
    }
}

/// <summary>Bytes that are in memory already.</summary>
internal sealed class MemorySource(ReadOnlyMemory<byte> bytes) : ByteSource
{
    internal override long Length => bytes.Length;

    internal override ReadOnlySpan<byte> Span(long offset, int length) => Window(offset, length).Span;

    internal override ReadOnlyMemory<byte> Window(long offset, int length)
    {
        Check(offset, length);
        return bytes.Slice((int)offset, length);
    }
}
