using System.Buffers.Binary;

namespace Toolchain.Data;

/// <summary>What an erased part shows.</summary>
public enum ErasingFill
{
    /// <summary>A random value for every pixel and channel.</summary>
    Random,

    /// <summary>Each channel's mean over the training images.</summary>
    Mean,
}

/// <summary>
/// Paints over a rectangle whose area is a random share of the image (uniform) and whose height to width is a random ratio (uniform in its
/// logarithm); one that does not fit is drawn again, ten times at most (Zhong et al., 2017, arXiv:1708.04896). A mask stays as it is: what is
/// hidden is still to be predicted.
/// </summary>
/// <param name="Probability">With which an image is changed at all; 0.5 by default.</param>
/// <param name="Fill">What the rectangle shows; random values by default.</param>
public sealed record RandomErasing(double Probability = 0.5, ErasingFill Fill = ErasingFill.Random) : SampleTransform
{
    private const int Attempts = 10;

    /// <summary>The smallest share of the image's area; 0.02 by default.</summary>
    public double SmallestArea { get; init; } = 0.02;

    /// <summary>The largest share of the image's area; 0.4 by default.</summary>
    public double LargestArea { get; init; } = 0.4;

    /// <summary>r, where height to width is between r and 1 / r; 0.3 by default.</summary>
    public double Aspect { get; init; } = 0.3;

    private protected override string Noun => "erasing";

    private protected override IEnumerable<string> NumberProblems() =>
    [
        .. Outside("probability", Probability, 0, 1),
        .. Outside("largest area", LargestArea, 0, 1),
        .. Outside("smallest area", SmallestArea, 0, LargestArea),
        .. Outside("aspect", Aspect, 0.01, 1),
    ];

    internal override void Apply(in ImageSample sample, ref SeededRandom random)
    {
        if (random.NextDouble() >= Probability)
            return;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = random.Between(SmallestArea, LargestArea) * sample.Frame.Height * sample.Frame.Width;
            var root = Math.Exp(random.Between(Math.Log(Aspect), -Math.Log(Aspect)) / 2);
            var (height, width) = ((int)Math.Round(Math.Sqrt(area) * root), (int)Math.Round(Math.Sqrt(area) / root));
            if (height < 1 || width < 1 || height > sample.Frame.Height || width > sample.Frame.Width)
                continue;

            var top = random.Below(sample.Frame.Height - height + 1);
            var left = random.Below(sample.Frame.Width - width + 1);
            for (var y = top; y < top + height; y++)
                Paint(sample.Pixels.Slice(((y * sample.Frame.Width) + left) * sample.Frame.Channels, width * sample.Frame.Channels), sample.Frame.Mean, ref random);
            return;
        }
    }

    private void Paint(Span<byte> pixels, ReadOnlySpan<byte> mean, ref SeededRandom random)
    {
        switch (Fill)
        {
            case ErasingFill.Random:
                FillRandomly(pixels, ref random);
                break;
            case ErasingFill.Mean:
                PixelGrid.Paint(pixels, mean);
                break;
            default:
                throw new InvalidOperationException($"Unknown fill {Fill}.");
        }
    }

    private static void FillRandomly(Span<byte> bytes, ref SeededRandom random)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, random.NextBits());
        if (bytes.IsEmpty)
            return;
        for (var bits = random.NextBits(); !bytes.IsEmpty; bytes = bytes[1..], bits >>= 8)
            bytes[0] = (byte)bits;
    }
}
