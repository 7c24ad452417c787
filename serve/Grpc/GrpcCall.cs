using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Toolchain.Serve.Http;

namespace Toolchain.Serve.Grpc;

/// <summary>One call: its messages, its deadline, and the messages that go back.</summary>
internal sealed class GrpcCall
{
    private readonly TimeProvider _time;
    private readonly LongWork _threads;
    private readonly GrpcEncoding _encoding;
    private readonly long _deadline = long.MaxValue;

    /// <summary>Reads a call's headers.</summary>
    /// <param name="http">The request.</param>
    /// <param name="budget">The limit on all messages together.</param>
    /// <param name="threads">Where messages are decompressed, and long ones read and compressed.</param>
    /// <param name="limit">The limit on one message, in bytes.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <exception cref="GrpcException">Headers are malformed, or name a compression that is not known.</exception>
    public GrpcCall(HttpContext http, ByteBudget budget, LongWork threads, long limit, TimeProvider time)
    {
        (Http, Budget, _threads, _time) = (http, budget, threads, time);
        var headers = http.Request.Headers;
        if (headers.TryGetValue("grpc-timeout", out var timeout))
        {
            _deadline = time.GetTimestamp() + (long)(GrpcTimeout.Parse(timeout.ToString()).TotalSeconds * time.TimestampFrequency);
        }

        var word = headers.TryGetValue("grpc-encoding", out var encoding) ? encoding.ToString() : null;
        if (GrpcEncoding.Find(word) is not { } known)
        {
            http.Response.Headers["grpc-accept-encoding"] = GrpcEncoding.Accepted;
            throw new GrpcException(GrpcCode.Unimplemented, $"Compression '{word}' is not known; this server has {GrpcEncoding.Accepted}.");
        }

        _encoding = known;
        Messages = new(http.Request.BodyReader, known, budget, threads, limit, http.RequestAborted);
    }

    /// <summary>The request beneath.</summary>
    public HttpContext Http { get; }

    /// <summary>What the client sends.</summary>
    public MessageReader Messages { get; }

    /// <summary>The client went away or gave the call up.</summary>
    public CancellationToken Cancelled => Http.RequestAborted;

    /// <summary>Whether the client's deadline has passed.</summary>
    public bool IsExpired => _deadline != long.MaxValue && _time.GetTimestamp() >= _deadline;

    /// <summary>The memory that messages count against.</summary>
    public ByteBudget Budget { get; }

    /// <summary>How long the client still waits; null when it gave no deadline.</summary>
    public TimeSpan? Left => _deadline == long.MaxValue ? null : TimeSpan.FromSeconds(Math.Max(0.0, (_deadline - _time.GetTimestamp()) / (double)_time.TimestampFrequency));

    /// <summary>A stream may rest for as long as its client likes: bytes need not come at a least rate.</summary>
    public void AllowSlowness()
    {
        Http.Features.Get<IHttpMinRequestBodyDataRateFeature>()!.MinDataRate = null;
        Messages.IsPatient = true;
    }

    /// <summary>Writes a message into the response; nothing waits for the client before <see cref="FlushAsync"/> or the end of the call.</summary>
    public ValueTask WriteAsync(IMessage message) => WriteAsync(message.CalculateSize(), message, static (m, target) => m.WriteTo(target));

    /// <inheritdoc cref="WriteAsync(IMessage)"/>
    /// <param name="length">The message's bytes.</param>
    /// <param name="message">What <paramref name="write"/> gets.</param>
    /// <param name="write">Writes exactly so many bytes.</param>
    public async ValueTask WriteAsync<T>(int length, T message, Action<T, IBufferWriter<byte>> write)
    {
        if (!Http.Response.HasStarted)
        {
            await BeginAsync().ConfigureAwait(false);
        }

        if (_encoding == GrpcEncoding.Identity)
        {
            Prefix(0, length);
            write(message, Http.Response.BodyWriter);
        }
        else
        {
            if (length >= LongWork.Bytes)
            {
                await _threads.Enter();
            }

            WriteCompressed(length, message, write);
        }
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync() => await Http.Response.BodyWriter.FlushAsync(Cancelled).ConfigureAwait(false);

    // An answer is compressed as the request was: a client that does so has said that it is worth it.
    private Task BeginAsync()
    {
        if (_encoding != GrpcEncoding.Identity)
        {
            Http.Response.Headers["grpc-encoding"] = _encoding.Name;
        }

        return Http.Response.StartAsync(Cancelled);
    }

    private void WriteCompressed<T>(int length, T message, Action<T, IBufferWriter<byte>> write)
    {
        using var plain = PooledBytes.ForWriting(length, Budget);
        write(message, plain);
        using var compressed = PooledBytes.ForWriting(length, Budget);
        _encoding.Compress(plain.Span, compressed);
        Prefix(1, compressed.Length);
        Http.Response.BodyWriter.Write(compressed.Span);
    }

    private void Prefix(byte compressed, int length)
    {
        var prefix = Http.Response.BodyWriter.GetSpan(MessageReader.PrefixBytes);
        prefix[0] = compressed;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], length);
        Http.Response.BodyWriter.Advance(MessageReader.PrefixBytes);
    }
}
