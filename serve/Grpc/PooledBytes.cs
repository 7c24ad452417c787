using System.Buffers;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Grpc;

/// <summary>A message in pooled memory, which counts against the limit on the bytes of all requests. The owner disposes it after the last use of its bytes.</summary>
internal sealed class PooledBytes : IBufferWriter<byte>, IDisposable
{
    // Whoever writes an integer asks for the room of the longest.
    private const int Slack = 16;
    private readonly ByteBudget _budget;
    private readonly long _limit;
    private byte[] _buffer;
    private long _taken;

    /// <summary>Takes memory.</summary>
    /// <param name="capacity">Bytes to begin with.</param>
    /// <param name="budget">The limit on all messages together.</param>
    /// <param name="limit">The limit on this one.</param>
    /// <exception cref="GrpcException">There is no memory left for it, or it would be too large.</exception>
    public PooledBytes(int capacity, ByteBudget budget, long limit)
    {
        (_budget, _limit, _buffer) = (budget, limit, []);
        Reserve(capacity);
    }

    /// <summary>Memory for a message of this server, of a size that is known.</summary>
    /// <exception cref="GrpcException">There is no memory left for it.</exception>
    public static PooledBytes ForWriting(int length, ByteBudget budget) => new(length + Slack, budget, int.MaxValue);

    /// <summary>The number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <inheritdoc cref="Span"/>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    /// <summary>A stream over the bytes, which it does not own.</summary>
    public Stream AsStream() => new MemoryStream(_buffer, 0, Length, writable: false);

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _taken - Length);
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve((long)Length + Math.Max(1, sizeHint));
        return _buffer.AsMemory(Length, (int)_taken - Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Makes room for so many bytes in all; what is there stays.</summary>
    /// <exception cref="GrpcException">There is no memory left for them, or they are too many.</exception>
    public void Reserve(long capacity)
    {
        if (capacity <= _taken)
        {
            return;
        }

        if (capacity > _limit)
        {
            throw TooLarge(_limit);
        }

        var grown = (int)Math.Min(_limit, Math.Max(capacity, 2 * _taken));
        if (!_budget.TryTake(grown - _taken))
        {
            throw new GrpcException(GrpcCode.Unavailable, ErrorResult.QueueFull.Message);
        }

        _taken = grown;
        var larger = ArrayPool<byte>.Shared.Rent(grown);
        Span.CopyTo(larger);
        Give(_buffer);
        _buffer = larger;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _budget.Return(_taken);
        Give(_buffer);
        (_buffer, _taken, Length) = ([], 0, 0);
    }

    /// <summary>The refusal of a message that is too large.</summary>
    public static GrpcException TooLarge(long limit) => new(GrpcCode.ResourceExhausted, $"The message is larger than {limit} bytes, the most that this server takes (Serve:MaxBodyBytes). Send less.");

    private static void Give(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>Appends to a message whatever is written.</summary>
internal sealed class PooledStream(PooledBytes target) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
