using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>
/// Images of one size as rows of bytes, each <c>uint8 [H, W, C]</c>: in memory, in a cache file, or decoded when they are asked for. Any row can be
/// read at any time, from many threads at once.
/// </summary>
internal abstract class PixelRows
{
    protected PixelRows(int count, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        (Count, Length) = (count, length);
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Bytes of one row.</summary>
    public int Length { get; }

    /// <summary>Whether a row's content is known by the file that it comes from, so that a fingerprint needs no pixels and does not depend on their size.</summary>
    public virtual bool IsIdentified => false;

    /// <summary>Reads a row.</summary>
    /// <param name="row">From 0.</param>
    /// <param name="pixels">Receives the row; exactly as long.</param>
    /// <exception cref="ToolchainException">The file behind it is damaged; the message has its path (<see cref="ErrorKind.BadInput"/>).</exception>
    public void Read(int row, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
        if (pixels.Length != Length)
            throw new ArgumentException($"Expected room for {Length} bytes, found {pixels.Length}.", nameof(pixels));
        Fill(row, pixels);
    }

    /// <summary>A row in place where that is possible, otherwise a copy.</summary>
    public virtual ReadOnlySpan<byte> Row(int row)
    {
        var pixels = GC.AllocateUninitializedArray<byte>(Length);
        Read(row, pixels);
        return pixels;
    }

    /// <summary>All rows in memory.</summary>
    /// <exception cref="ToolchainException">They are too many (<see cref="ErrorKind.Unavailable"/>).</exception>
    public virtual ReadOnlyMemory<byte> All()
    {
        var bytes = (long)Count * Length;
        if (bytes > Array.MaxLength)
            throw new ToolchainException(ErrorKind.Unavailable, $"{Count} images take {bytes} bytes, more than the {Array.MaxLength} that fit in memory at once. Take fewer of them.");
        var pixels = GC.AllocateUninitializedArray<byte>((int)bytes);
        for (var row = 0; row < Count; row++)
            Read(row, pixels.AsSpan(row * Length, Length));
        return pixels;
    }

    /// <summary>The chosen rows, in the order of the choice.</summary>
    public virtual PixelRows Subset(ReadOnlySpan<int> rows) => new ChosenRows(this, rows.ToArray());

    /// <summary>Adds the content of all rows to a fingerprint.</summary>
    public virtual void AppendTo(IncrementalHash hash)
    {
        for (var row = 0; row < Count; row++)
            AppendTo(hash, row);
    }

    /// <summary>Adds the content of one row to a fingerprint.</summary>
    public virtual void AppendTo(IncrementalHash hash, int row) => hash.AppendData(Row(row));

    /// <summary>Reads a row that exists into a span as long as it.</summary>
    protected abstract void Fill(int row, Span<byte> pixels);
}
