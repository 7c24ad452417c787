namespace Toolchain.Data;

/// <summary>Moves the image by −p..p pixels in each direction, as if cropped from one padded by p (He et al., 2015, arXiv:1512.03385, section 4.2).</summary>
/// <param name="Padding">p, in pixels; 0 or more.</param>
public sealed record RandomCrop(int Padding) : SampleTransform
{
    private protected override string Noun => "cropping";

    private protected override IEnumerable<string> NumberProblems() => Outside("padding", Padding, 0, short.MaxValue);

    internal override void Apply(in ImageSample sample, ref SeededRandom random)
    {
        var down = random.Below((2 * Padding) + 1) - Padding;
        var right = random.Below((2 * Padding) + 1) - Padding;
        sample.Image.Move(down, right);
        sample.MaskImage.Move(down, right);
    }
}
