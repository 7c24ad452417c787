namespace Toolchain.Data;

/// <summary>When images are mirrored.</summary>
public enum FlipKind
{
    /// <summary>In each epoch anew, with probability 0.5.</summary>
    Random,

    /// <summary>
    /// In every other epoch; whether that includes the first is drawn once per image. Two epochs in a row so show every image both ways
    /// (Jordan, 2024, arXiv:2404.00498, section 3.6).
    /// </summary>
    Alternating,
}

/// <summary>Exchanges left and right.</summary>
/// <param name="Kind">When; at random by default.</param>
public sealed record HorizontalFlip(FlipKind Kind = FlipKind.Random) : SampleTransform
{
    private protected override string Noun => "flipping";

    private protected override IEnumerable<string> NumberProblems() => [];

    internal override void Apply(in ImageSample sample, ref SeededRandom random)
    {
        var mirrored = Kind switch
        {
            FlipKind.Random => random.Coin(),
            FlipKind.Alternating => new SeededRandom(sample.Frame.Seed, RandomStream.FirstFlip, sample.Index).Coin() ^ (sample.Epoch % 2 != 0),
            _ => throw new InvalidOperationException($"Unknown flip {Kind}."),
        };
        if (!mirrored)
            return;
        sample.Image.Mirror();
        sample.MaskImage.Mirror();
    }
}
