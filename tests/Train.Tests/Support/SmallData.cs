using System.Buffers.Binary;
using Toolchain.Data;

namespace Toolchain.Train.Tests.Support;

/// <summary>Folders of IDX files with the first images of the real Fashion-MNIST.</summary>
internal static class SmallData
{
    private static readonly Lazy<DatasetSplits> Real = new(static () => DatasetCatalog.Open("fashion-mnist"));
    private static readonly Lazy<string> Written = new(static () => Write(1024, 256));
    private static readonly Lazy<string> Fewer = new(static () => Write(320, 64));
    private static readonly Lazy<string> Eight = new(static () => Write(128, 32, side: 8));
    private static readonly Lazy<string> Sixteen = new(static () => Write(128, 32, side: 16));

    /// <summary>1,024 training and 256 test images, as <c>--data</c> takes them.</summary>
    public static string Reference => $"idx:{Written.Value}";

    /// <summary>320 training and 64 test images.</summary>
    public static string Tiny => $"idx:{Fewer.Value}";

    /// <summary>128 training and 32 test images of 8×8 pixels: a run takes a fraction of a second.</summary>
    public static string Small8 => $"idx:{Eight.Value}";

    /// <summary>128 training and 32 test images of 16×16 pixels.</summary>
    public static string Small16 => $"idx:{Sixteen.Value}";

    /// <summary>Writes a data set of its own, which the test may damage.</summary>
    public static string Write(int train, int test, int side = 28)
    {
        var folder = Directory.CreateDirectory(Session.NewPath("data")).FullName;
        Write(folder, "train", First(Real.Value.Train, train, side));
        Write(folder, "t10k", First(Real.Value.Test, test, side));
        File.WriteAllLines(Path.Combine(folder, "labels.txt"), Real.Value.Train.ClassNames);
        return folder;
    }

    private static Dataset First(Dataset images, int count, int side) => images.Subset([.. Enumerable.Range(0, count)]).Resized(side, side);

    private static void Write(string folder, string prefix, Dataset images)
    {
        var header = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x803);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), images.Count);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), images.Height);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(12), images.Width);
        File.WriteAllBytes(Path.Combine(folder, $"{prefix}-images-idx3-ubyte"), [.. header, .. images.Pixels.Span]);
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x801);
        File.WriteAllBytes(Path.Combine(folder, $"{prefix}-labels-idx1-ubyte"), [.. header.AsSpan(0, 8), .. images.Labels.ToArray().Select(static label => (byte)label)]);
    }
}
