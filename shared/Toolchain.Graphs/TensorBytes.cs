using System.Buffers;
using System.Runtime.InteropServices;
using Toolchain.Graphs.Files;

namespace Toolchain.Graphs;

/// <summary>Writes values of a tensor, always the same ones; several threads may call it.</summary>
/// <param name="first">The first element to write.</param>
/// <param name="part">Room for whole elements from there on, row-major and little-endian.</param>
public delegate void PartFill(long first, Span<byte> part);

/// <summary>Where a tensor's bytes come from.</summary>
internal abstract class TensorBytes
{
    /// <summary>Bytes that are copied at a time: large enough that calls do not count, small beside a large tensor, and whole elements of every type.</summary>
    internal const int Piece = 1 << 18;

    /// <summary>Whether they are there already, and need not be made first.</summary>
    internal virtual bool AreMade => false;

    /// <summary>Whether any part can be had without the rest.</summary>
    internal virtual bool ComeInParts => false;

    /// <summary>All of them, in one piece.</summary>
    internal abstract ReadOnlyMemory<byte> All(int count);

    /// <summary>Copies those from <paramref name="offset"/> on, which begins an element.</summary>
    /// <param name="destination">Room for whole elements.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="count">How many there are altogether.</param>
    internal abstract void CopyTo(Span<byte> destination, long offset, long count);

    /// <summary>Writes all of them; none that were not there before stay in memory.</summary>
    internal abstract void WriteTo(Stream stream, long count);
}

/// <summary>An array, a window of a mapped file, or bytes that are made on first use and then kept.</summary>
internal sealed class ExistingBytes(Lazy<ReadOnlyMemory<byte>> bytes) : TensorBytes
{
    // Small parts are looked at again and again, and telling the kernel about each one takes longer than copying it.
    private const int Small = 1 << 16;

    internal override bool AreMade => bytes.IsValueCreated;

    internal override bool ComeInParts => true;

    internal override ReadOnlyMemory<byte> All(int count) => bytes.Value;

    internal override void CopyTo(Span<byte> destination, long offset, long count)
    {
        var part = bytes.Value.Slice((int)offset, destination.Length);
        part.Span.CopyTo(destination);
        if (part.Length >= Small)
        {
            MappedFile.Release(part);
        }
    }

    internal override void WriteTo(Stream stream, long count)
    {
        for (var offset = 0L; offset < count; offset += Piece)
        {
            var part = bytes.Value.Slice((int)offset, (int)Math.Min(Piece, count - offset));
            stream.Write(part.Span);
            MappedFile.Release(part);
        }
    }
}

/// <summary>Bytes that can be made again, and are therefore kept only as long as somebody uses them.</summary>
internal abstract class RemadeBytes : TensorBytes
{
    private readonly WeakReference<byte[]> _made = new([]);

    internal sealed override ReadOnlyMemory<byte> All(int count)
    {
        if (Made(count) is { } known)
        {
            return known;
        }

        var made = new byte[count];
        CopyTo(made, 0, count);
        _made.SetTarget(made);
        return made;
    }

    /// <summary>The bytes that somebody still uses, or null.</summary>
    protected byte[]? Made(long count) => _made.TryGetTarget(out var made) && made.Length == count ? made : null;
}

/// <summary>Bytes that are made all at once.</summary>
internal sealed unsafe class WholeBytes(Action<Span<byte>> fill) : RemadeBytes
{
    internal override void CopyTo(Span<byte> destination, long offset, long count)
    {
        if (Made(count) is { } made)
        {
            made.AsSpan((int)offset, destination.Length).CopyTo(destination);
        }
        else if (destination.Length == count)
        {
            fill(destination);
        }
        else
        {
            All(checked((int)count)).Span.Slice((int)offset, destination.Length).CopyTo(destination);
        }
    }

    // Memory of the garbage collector would stay for a while.
    internal override void WriteTo(Stream stream, long count)
    {
        if (Made(count) is { } made)
        {
            stream.Write(made);
            return;
        }

        var memory = NativeMemory.Alloc((nuint)count);
        try
        {
            var bytes = new Span<byte>(memory, checked((int)count));
            fill(bytes);
            stream.Write(bytes);
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }
}

/// <summary>Bytes of which any part can be made alone.</summary>
internal sealed class PartBytes(int elementSize, PartFill fill) : RemadeBytes
{
    internal override bool ComeInParts => true;

    internal override void CopyTo(Span<byte> destination, long offset, long count)
    {
        if (Made(count) is { } made)
        {
            made.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return;
        }

        fill(offset / elementSize, destination);
    }

    internal override void WriteTo(Stream stream, long count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Piece, count));
        try
        {
            for (var offset = 0L; offset < count; offset += Piece)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(Piece, count - offset));
                CopyTo(part, offset, count);
                stream.Write(part);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
