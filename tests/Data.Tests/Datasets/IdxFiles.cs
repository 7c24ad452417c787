using System.Buffers.Binary;
using System.IO.Compression;

namespace Toolchain.Data.Tests;

/// <summary>Writes small IDX files.</summary>
internal static class IdxFiles
{
    /// <summary>A header with the magic number of unsigned bytes and these dimensions, then the elements.</summary>
    public static byte[] Bytes(uint[] dimensions, byte[] elements)
    {
        var bytes = new byte[4 + (4 * dimensions.Length) + elements.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 0x0800u + (uint)dimensions.Length);
        for (var i = 0; i < dimensions.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 + (4 * i)), dimensions[i]);
        elements.CopyTo(bytes, 4 + (4 * dimensions.Length));
        return bytes;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return target.ToArray();
    }

    /// <summary>A complete data set: four training images of 2×3 pixels with labels 0, 1, 2, 1 and two test images with labels 2, 0.</summary>
    public static void WriteSmall(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "train-images-idx3-ubyte"), Bytes([4, 2, 3], Counting(24)));
        File.WriteAllBytes(Path.Combine(folder, "train-labels-idx1-ubyte"), Bytes([4], [0, 1, 2, 1]));
        File.WriteAllBytes(Path.Combine(folder, "t10k-images-idx3-ubyte.gz"), Gzip(Bytes([2, 2, 3], Counting(12))));
        File.WriteAllBytes(Path.Combine(folder, "t10k-labels-idx1-ubyte.gz"), Gzip(Bytes([2], [2, 0])));
    }

    public static byte[] Counting(int count) => [.. Enumerable.Range(0, count).Select(value => (byte)value)];
}
