using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Toolchain.Serve.Grpc.Wire;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Grpc;

/// <summary>Reads the messages of a call: one byte that says whether the message is compressed, four with its length (big-endian), the message.</summary>
internal sealed class MessageReader(PipeReader body, GrpcEncoding encoding, ByteBudget budget, LongWork threads, long limit, CancellationToken cancellation)
{
    /// <summary>Bytes before a message.</summary>
    public const int PrefixBytes = 5;

    // What a compressed message is first taken to become.
    private const int UsualRatio = 4;

    // What is taken for a message of a patient call before its bytes are there.
    private const uint FirstPart = 64 << 10;

    /// <summary>Whether bytes may come as slowly as the client likes; then memory is taken only for those that have come.</summary>
    public bool IsPatient { get; set; }

    /// <summary>Reads the next message; its memory is taken before it is read. What follows runs on a thread for long work when the message is long.</summary>
    /// <returns>The message, decompressed, which the caller disposes; null at the end.</returns>
    /// <exception cref="GrpcException">It is too large, cut off, damaged, or there is no memory left for it; or the server stops.</exception>
    public async ValueTask<PooledBytes?> ReadAsync()
    {
        // The last message may have been long.
        await LongWork.Leave();
        return await NextAsync().ConfigureAwait(false) is { } next ? await UnpackAsync(next).ConfigureAwait(false) : null;
    }

    /// <summary>Reads the message of a call that has exactly one.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public async ValueTask<PooledBytes> ReadOnlyAsync()
    {
        var message = await NextAsync().ConfigureAwait(false) ?? throw new GrpcException(GrpcCode.Unimplemented, "The method takes one message; the call has none.");
        try
        {
            var rest = await ReceiveAsync(1).ConfigureAwait(false);
            var any = !rest.IsEmpty;
            body.AdvanceTo(rest.End);
            if (any)
            {
                throw new GrpcException(GrpcCode.Unimplemented, "The method takes one message; the call has more.");
            }
        }
        catch
        {
            message.Bytes.Dispose();
            throw;
        }

        return await UnpackAsync(message).ConfigureAwait(false);
    }

    /// <summary>Ends the reading that is under way, and the next, with <see cref="GrpcStatus.Stopping"/>. From any thread.</summary>
    public void Stop()
    {
        try
        {
            body.CancelPendingRead();
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client gave the call up, or the call has just ended: nothing is read any more.
        }
    }

    private async ValueTask<Packed?> NextAsync()
    {
        var start = await ReceiveAsync(PrefixBytes).ConfigureAwait(false);
        if (start.Length < PrefixBytes)
        {
            body.AdvanceTo(start.End);
            return start.IsEmpty ? null : throw CutOff();
        }

        var (compressed, length) = Prefix(start);
        body.AdvanceTo(start.GetPosition(PrefixBytes));
        return new(await ReceiveMessageAsync(length).ConfigureAwait(false), compressed);
    }

    private ValueTask<PooledBytes> UnpackAsync(Packed message) =>
        message.IsCompressed || LongMessage.Is(message.Bytes.Span) ? UnpackLongAsync(message) : new(message.Bytes);

    // Of a compressed one a few bytes may become many.
    private async ValueTask<PooledBytes> UnpackLongAsync(Packed message)
    {
        await threads.Enter();
        return message.IsCompressed ? Decompress(message.Bytes) : message.Bytes;
    }

    private async ValueTask<PooledBytes> ReceiveMessageAsync(uint length)
    {
        if (length > limit)
        {
            throw PooledBytes.TooLarge(limit);
        }

        var message = new PooledBytes((int)(IsPatient ? Math.Min(length, FirstPart) : length), budget, limit);
        try
        {
            while (message.Length < length)
            {
                var part = await ReceiveAsync(1).ConfigureAwait(false);
                if (part.IsEmpty)
                {
                    throw CutOff();
                }

                part = part.Slice(0, Math.Min(part.Length, length - message.Length));
                part.CopyTo(message.GetSpan((int)part.Length));
                message.Advance((int)part.Length);
                body.AdvanceTo(part.End);
            }

            return message;
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    private async ValueTask<ReadOnlySequence<byte>> ReceiveAsync(int least)
    {
        var result = await body.ReadAtLeastAsync(least, cancellation).ConfigureAwait(false);
        return result.IsCanceled ? throw new GrpcException(GrpcCode.Unavailable, ErrorResult.Stopping.Message) : result.Buffer;
    }

    private PooledBytes Decompress(PooledBytes compressed)
    {
        using (compressed)
        {
            var message = new PooledBytes((int)Math.Min(limit, Math.Max(1L, UsualRatio * (long)compressed.Length)), budget, limit);
            try
            {
                using var bytes = compressed.AsStream();
                using var stream = encoding.Decompress(bytes);
                while (message.Length < limit)
                {
                    var read = stream.Read(message.GetSpan());
                    if (read == 0)
                    {
                        return message;
                    }

                    message.Advance(read);
                }

                return stream.ReadByte() < 0 ? message : throw PooledBytes.TooLarge(limit);
            }
            catch (InvalidDataException damage)
            {
                message.Dispose();
                throw new GrpcException(GrpcCode.InvalidArgument, $"A message cannot be decompressed ({encoding.Name}): {damage.Message}", damage);
            }
            catch
            {
                message.Dispose();
                throw;
            }
        }
    }

    private static (bool Compressed, uint Length) Prefix(ReadOnlySequence<byte> start)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        start.Slice(0, PrefixBytes).CopyTo(prefix);
        return prefix[0] <= 1
            ? (prefix[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]))
            : throw new GrpcException(GrpcCode.Internal, $"A message begins with byte {prefix[0]}; expected 0, or 1 when it is compressed.");
    }

    private static GrpcException CutOff() => new(GrpcCode.Internal, "The call ends within a message.");

    /// <summary>A message as it came.</summary>
    private readonly record struct Packed(PooledBytes Bytes, bool IsCompressed);
}
