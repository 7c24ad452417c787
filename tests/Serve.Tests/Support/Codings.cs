using System.IO.Compression;

namespace Toolchain.Serve.Tests.Support;

/// <summary>Bodies and messages with a content coding; without one (null, <c>identity</c>) they stay as they are.</summary>
internal static class Codings
{
    public static byte[] Compress(string? coding, byte[] bytes) => Compress(coding, stream => stream.Write(bytes));

    public static byte[] Compress(string? coding, Action<Stream> write)
    {
        using var target = new MemoryStream();
        using (Stream stream = coding?.ToLowerInvariant() switch
        {
            "gzip" => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
            null or "identity" => target,
            _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Unknown coding."),
        })
        {
            write(stream);
        }

        return target.ToArray();
    }

    public static byte[] Decompress(string? coding, byte[] bytes)
    {
        using var source = new MemoryStream(bytes);
        using Stream stream = coding switch
        {
            "gzip" => new GZipStream(source, CompressionMode.Decompress),
            "deflate" => new ZLibStream(source, CompressionMode.Decompress),
            null => source,
            _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Unknown coding."),
        };
        using var target = new MemoryStream();
        stream.CopyTo(target);
        return target.ToArray();
    }
}
