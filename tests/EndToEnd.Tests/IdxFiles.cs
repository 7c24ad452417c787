using System.Buffers.Binary;

namespace Toolchain.EndToEnd.Tests;

/// <summary>Data sets as MNIST is distributed.</summary>
internal static class IdxFiles
{
    /// <summary>Writes the two files of a split; the folder is made when it is not there.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="split"><c>train</c> or <c>t10k</c>.</param>
    /// <param name="side">Height and width of the images, in pixels.</param>
    /// <param name="pixels"><c>uint8 [N, side, side]</c>, grey.</param>
    /// <param name="labels">The class of each image.</param>
    public static void Write(string folder, string split, int side, IEnumerable<byte> pixels, IReadOnlyCollection<int> labels)
    {
        Directory.CreateDirectory(folder);
        var header = new byte[16];
        BinaryPrimitives.WriteInt32BigEndian(header, 0x803);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), labels.Count);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(12), side);
        File.WriteAllBytes(Path.Combine(folder, $"{split}-images-idx3-ubyte"), [.. header, .. pixels]);
        BinaryPrimitives.WriteInt32BigEndian(header, 0x801);
        File.WriteAllBytes(Path.Combine(folder, $"{split}-labels-idx1-ubyte"), [.. header.AsSpan(0, 8), .. labels.Select(static label => (byte)label)]);
    }
}
