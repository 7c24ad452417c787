namespace Toolchain.Data;

/// <summary>
/// Adds to every value an independent number of the normal distribution with mean 0. Its standard deviation is σ times that of the value's
/// channel or column over the training samples, so that a normalised input changes by σ, whatever its unit. Images are rounded and stay within
/// 0..255.
/// </summary>
/// <param name="Deviation">σ; 0 or more.</param>
public sealed record GaussianNoise(double Deviation) : SampleTransform
{
    private protected override string Noun => "noise";

    internal override IEnumerable<string> Problems(Dataset dataset) => NumberProblems();

    private protected override IEnumerable<string> NumberProblems() => Outside("deviation", Deviation, 0, 1e6);

    internal override void Apply(in ImageSample sample, ref SeededRandom random)
    {
        var deviation = sample.Frame.Deviation;
        var pair = (First: 0.0, Second: 0.0);
        for (var i = 0; i < sample.Pixels.Length; i++)
        {
            if (i % 2 == 0)
                pair = random.NormalPair();
            var noise = Deviation * deviation[i % deviation.Length] * (i % 2 == 0 ? pair.First : pair.Second);
            sample.Pixels[i] = (byte)Math.Clamp(Math.Round(sample.Pixels[i] + noise), 0, 255);
        }
    }

    /// <summary>Changes a row of a table in place.</summary>
    /// <param name="row"><c>float32 [C]</c>.</param>
    /// <param name="deviation">The standard deviation of each column.</param>
    /// <param name="random">Where the randomness comes from.</param>
    internal void Apply(Span<float> row, ReadOnlySpan<float> deviation, ref SeededRandom random)
    {
        for (var column = 0; column < row.Length; column++)
            row[column] += (float)(Deviation * deviation[column] * random.Normal());
    }
}
