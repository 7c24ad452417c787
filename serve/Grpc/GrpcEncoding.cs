using System.IO.Compression;

namespace Toolchain.Serve.Grpc;

/// <summary>How messages are compressed (gRPC compression; the words of <c>grpc-encoding</c>).</summary>
internal sealed class GrpcEncoding
{
    /// <summary>Not at all.</summary>
    public static readonly GrpcEncoding Identity = new("identity", null, null);

    private static readonly GrpcEncoding[] All =
    [
        Identity,
        new("gzip", static bytes => new GZipStream(bytes, CompressionMode.Decompress), static bytes => new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)),

        // What HTTP and gRPC call deflate is zlib's format.
        new("deflate", static bytes => new ZLibStream(bytes, CompressionMode.Decompress), static bytes => new ZLibStream(bytes, CompressionLevel.Fastest, leaveOpen: true)),
    ];

    private readonly Func<Stream, Stream>? _open;
    private readonly Func<Stream, Stream>? _close;

    private GrpcEncoding(string name, Func<Stream, Stream>? open, Func<Stream, Stream>? close) => (Name, _open, _close) = (name, open, close);

    /// <summary>The header <c>grpc-accept-encoding</c> of this server.</summary>
    public static string Accepted { get; } = string.Join(',', All.Select(static encoding => encoding.Name));

    /// <summary>The word in headers.</summary>
    public string Name { get; }

    /// <summary>The encoding that a header names; null when this server does not have it.</summary>
    public static GrpcEncoding? Find(string? header) => header is null ? Identity : Array.Find(All, encoding => encoding.Name == header);

    /// <summary>A stream of what compressed bytes mean.</summary>
    public Stream Decompress(Stream compressed) =>
        (_open ?? throw new GrpcException(GrpcCode.Internal, "A message is marked as compressed, but the call has no header grpc-encoding."))(compressed);

    /// <summary>Compresses bytes.</summary>
    public void Compress(ReadOnlySpan<byte> bytes, PooledBytes compressed)
    {
        using var target = new PooledStream(compressed);
        using var stream = _close!(target);
        stream.Write(bytes);
    }
}
