using System.Buffers.Binary;
using System.Globalization;
using Toolchain.Graphs.Onnx;
using Toolchain.Data;
using Toolchain.Registry;
using Toolchain.Runtime;

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

    /// <summary>Writes a table of test rows with a target each, and one row to train on; the columns are c0, c1….</summary>
    public static void WriteTable(string path, ReadOnlySpan<float> numbers, int columns, string target, IReadOnlyList<string> targets)
    {
        var names = Enumerable.Range(0, columns).Select(static c => $"c{c}");
        var lines = new List<string> { $"split,{string.Join(',', names)},{target}" };
        for (var row = 0; row < targets.Count; row++)
        {
            var values = numbers.Slice(row * columns, columns).ToArray().Select(static v => v.ToString("R", CultureInfo.InvariantCulture));
            lines.Add($"{(row == 0 ? "train" : "test")},{string.Join(',', values)},{targets[row]}");
        }

        File.WriteAllLines(path, lines);
    }

    /// <summary>Writes grey images with a mask each, in both splits alike.</summary>
    public static void WriteMasks(string folder, ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> masks, int size, IReadOnlyList<string> classes)
    {
        foreach (var split in new[] { "train", "test" })
        {
            Directory.CreateDirectory(Path.Combine(folder, split, "images"));
            Directory.CreateDirectory(Path.Combine(folder, split, "masks"));
            for (var i = 0; i * size * size < pixels.Length; i++)
            {
                var at = i * size * size;
                File.WriteAllBytes(Path.Combine(folder, split, "images", $"{i}.png"), ImageEncoder.Png(pixels.Slice(at, size * size).ToArray(), size, size, 1));
                File.WriteAllBytes(Path.Combine(folder, split, "masks", $"{i}.png"), ImageEncoder.Png(masks.Slice(at, size * size).ToArray(), size, size, 1));
            }
        }

        File.WriteAllLines(Path.Combine(folder, "classes.txt"), classes);
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
