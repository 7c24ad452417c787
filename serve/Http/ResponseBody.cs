using System.Buffers;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace Toolchain.Serve.Http;

/// <summary>
/// A response that is written at once, into the connection's memory; the caller flushes it. It is compressed where the client would like it and it
/// pays: JSON beyond a packet, and raw tensors beyond what goes to the network in one go. Disposing it ends what was compressed.
/// </summary>
internal readonly ref struct ResponseBody
{
    /// <summary>The type of JSON bodies.</summary>
    public const string Json = "application/json";

    /// <summary>The type of raw bodies.</summary>
    public const string Octets = "application/octet-stream";

    private const long SmallestJson = 1400;
    private const long SmallestRaw = 64 << 10;
    private readonly HttpResponse _response;
    private readonly Stream? _coded;

    private ResponseBody(HttpResponse response, Stream? coded) => (_response, _coded) = (response, coded);

    /// <summary>Sets the headers that describe the body.</summary>
    /// <param name="http">The request and its response.</param>
    /// <param name="type">The body's type.</param>
    /// <param name="length">Bytes that will be written.</param>
    public static ResponseBody Begin(HttpContext http, string type, long length)
    {
        var response = http.Response;
        response.ContentType = type;
        if (length >= (type == Json ? SmallestJson : SmallestRaw))
        {
            response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
            if (ContentCoding.Preferred(http.Request) is { } coding)
            {
                response.Headers.ContentEncoding = coding;
                return new(response, ContentCoding.Encode(coding, new WriterStream(response.BodyWriter)));
            }
        }

        response.ContentLength = length;
        return new(response, null);
    }

    /// <summary>Answers with JSON.</summary>
    /// <param name="http">The request and its response.</param>
    /// <param name="state">What <paramref name="write"/> gets.</param>
    /// <param name="write">Writes one value.</param>
    public static Task WriteJsonAsync<TState>(HttpContext http, TState state, Action<Utf8JsonWriter, TState> write)
    {
        var json = Scratch.Write(state, write);
        using (var body = Begin(http, Json, json.Length))
        {
            body.Write(json);
        }

        return http.Response.BodyWriter.FlushAsync(http.RequestAborted).AsTask();
    }

    /// <summary>Writes bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_coded is null)
        {
            _response.BodyWriter.Write(bytes);
        }
        else
        {
            _coded.Write(bytes);
        }
    }

    /// <summary>Ends the body.</summary>
    public void Dispose() => _coded?.Dispose();

    /// <summary>Takes what a compressor gives, without waiting for the client.</summary>
    private sealed class WriterStream(IBufferWriter<byte> target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
