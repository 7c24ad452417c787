using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace Toolchain.Serve.Http;

/// <summary>The content codings that bodies may have (RFC 9110, section 8.4.1): gzip, and deflate, which is zlib's format.</summary>
internal static class ContentCoding
{
    private const string Accepted = "gzip, deflate";

    private const string Gzip = "gzip";
    private const string Deflate = "deflate";

    /// <summary>A stream of a body as it was before it was coded; null when it was not. The caller disposes it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="threads">Where the body is decoded, however short it is: a few bytes may become many.</param>
    /// <exception cref="RequestException">The coding is another one (501); the response says which there are.</exception>
    public static Stream? Decode(HttpRequest request, LongWork threads)
    {
        var coding = request.Headers.ContentEncoding;
        if (coding.Count == 0)
        {
            return null;
        }

        switch (coding.ToString().Trim().ToLowerInvariant())
        {
            case "" or "identity":
                return null;
            case Gzip or "x-gzip":
                return new GZipStream(new ArrivingStream(request.Body, threads), CompressionMode.Decompress);
            case Deflate:
                return new ZLibStream(new ArrivingStream(request.Body, threads), CompressionMode.Decompress);
            default:
                throw new RequestException(StatusCodes.Status501NotImplemented, $"Content-Encoding '{coding}' is not taken. Send the body as it is, or with one of: {Accepted}.") { AcceptEncoding = Accepted };
        }
    }

    /// <summary>The coding that the client would like best; null for none.</summary>
    public static string? Preferred(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
        {
            return null;
        }

        var (best, quality) = ((string?)null, 0d);
        foreach (var candidate in accepted)
        {
            var coding = candidate.Value.Value switch
            {
                { } value when value.Equals(Gzip, StringComparison.OrdinalIgnoreCase) || value == "*" => Gzip,
                { } value when value.Equals(Deflate, StringComparison.OrdinalIgnoreCase) => Deflate,
                _ => null,
            };

            // Of equally welcome ones gzip, which every client reads the same way.
            if (coding is not null && (candidate.Quality ?? 1) is var own && (own > quality || (own == quality && own > 0 && coding == Gzip)))
            {
                (best, quality) = (coding, own);
            }
        }

        return best;
    }

    /// <summary>A stream that codes what is written to it. The caller disposes it, which ends the body.</summary>
    public static Stream Encode(string coding, Stream target) => coding switch
    {
        Gzip => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
        Deflate => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Unknown content coding."),
    };

    /// <summary>Bytes as they come: who waits for them goes on on a thread for long work.</summary>
    private sealed class ArrivingStream(Stream source, LongWork threads) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            await threads.Enter();
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
