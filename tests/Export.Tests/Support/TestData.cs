using System.Buffers.Binary;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;

namespace Toolchain.Export.Tests.Support;

/// <summary>Data sets whose labels are what a model's trained graph answers.</summary>
internal static class TestData
{
    /// <summary>Writes random images, labelled by the model; the first ones are labelled wrong.</summary>
    public static void Write(string folder, ModelVersion version, int wrong, int images)
    {
        var input = version.Manifest.Preprocessing;
        var pixels = RandomData.Pixels(images * input.Height * input.Width);
        var logits = OnnxRuntime.Output(OnnxFile.Read(Path.Combine(version.Folder, "graph.onnx")).Graph, InputForm.Tensor.Make(input, pixels, images));
        var classes = logits.Length / images;
        var labels = logits.Chunk(classes).Select((row, i) => (byte)((Array.IndexOf(row, row.Max()) + (i < wrong ? 1 : 0)) % classes)).ToArray();
        Directory.CreateDirectory(folder);
        foreach (var split in new[] { "train", "t10k" })
        {
            File.WriteAllBytes(Path.Combine(folder, $"{split}-images-idx3-ubyte"), Idx(pixels, images, input.Height, input.Width));
            File.WriteAllBytes(Path.Combine(folder, $"{split}-labels-idx1-ubyte"), Idx(labels, images));
        }

        File.WriteAllLines(Path.Combine(folder, "labels.txt"), version.Manifest.Labels);
    }

    // yann.lecun.com/exdb/mnist: two zeros, 8 for bytes, the number of dimensions, then their sizes, big-endian.
    private static byte[] Idx(byte[] elements, params int[] dimensions)
    {
        var header = new byte[4 * (dimensions.Length + 1)];
        (header[2], header[3]) = (8, (byte)dimensions.Length);
        for (var i = 0; i < dimensions.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 * (i + 1)), dimensions[i]);
        }

        return [.. header, .. elements];
    }
}
