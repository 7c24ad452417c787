using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Toolchain.Serve.Tests.Support;

/// <summary>Request bodies, well and badly formed.</summary>
internal static class Bodies
{
    /// <summary>An infer request of float32 rows in JSON.</summary>
    public static string Json(string name, IReadOnlyList<long> shape, IEnumerable<float> values, string extra = "") =>
        $$"""{"inputs":[{"name":"{{name}}","datatype":"FP32","shape":[{{string.Join(',', shape)}}],"data":[{{string.Join(',', values.Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}}]}]{{extra}}}""";

    /// <summary>A JSON part followed by raw tensors; and the length of the JSON part.</summary>
    public static (byte[] Body, int JsonLength) Binary(string json, params byte[][] tensors)
    {
        var header = Encoding.UTF8.GetBytes(json);
        return ([.. header, .. tensors.SelectMany(t => t)], header.Length);
    }

    /// <summary>Raw bytes of values.</summary>
    public static byte[] Raw<T>(params T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();

    /// <summary>A valid PNG of a few hundred bytes whose header announces any size.</summary>
    public static byte[] PngOfSize(int height, int width)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 0);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(new byte[100_000]);
        }

        return [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, .. PngChunk("IHDR", header), .. PngChunk("IDAT", data.ToArray()), .. PngChunk("IEND", [])];
    }

    /// <summary>A chunk of a PNG file.</summary>
    public static byte[] PngChunk(string type, byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        var chunk = new byte[body.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        body.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(body.Length + 4), Crc32(body));
        return chunk;
    }

    // PNG specification, annex D.
    private static uint Crc32(byte[] bytes)
    {
        var crc = 0xffffffffu;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
            }
        }

        return ~crc;
    }
}
