namespace Toolchain.Data;

/// <summary>
/// Changes brightness, contrast, saturation and hue, in an order drawn per image. The first three are factors from max(0, 1 − x) to 1 + x, the
/// hue is turned by −x..x of the colour circle, as in torchvision's <c>ColorJitter</c>; every step rounds to the nearest byte.
/// </summary>
/// <param name="Brightness">x of the factor that multiplies every value; 0 leaves it.</param>
/// <param name="Contrast">x of the factor that multiplies distances from the image's mean luma; 0 leaves it.</param>
/// <param name="Saturation">x of the factor that multiplies distances from each pixel's luma; 0 leaves it. RGB only.</param>
/// <param name="Hue">x of the hue's shift, 0 to 0.5; 0 leaves it. RGB only.</param>
public sealed record ColorJitter(double Brightness = 0, double Contrast = 0, double Saturation = 0, double Hue = 0) : SampleTransform
{
    private const int Steps = 4;

    private protected override string Noun => "colour jitter";

    internal override IEnumerable<string> Problems(Dataset dataset) => dataset is { Inputs: ImageInputs, Channels: 1 } && (Saturation, Hue) is not (0, 0)
        ? [.. base.Problems(dataset), "saturation and hue change colours, and these images are grey"]
        : base.Problems(dataset);

    private protected override IEnumerable<string> NumberProblems() =>
    [
        .. Outside("brightness", Brightness, 0, 255),
        .. Outside("contrast", Contrast, 0, 255),
        .. Outside("saturation", Saturation, 0, 255),
        .. Outside("hue", Hue, 0, 0.5),
    ];

    internal override void Apply(in ImageSample sample, ref SeededRandom random)
    {
        Span<int> order = stackalloc int[Steps];
        for (var step = 0; step < Steps; step++)
            order[step] = step;
        random.Shuffle(order);
        foreach (var step in order)
            Apply(step, sample.Pixels, sample.Frame.Channels, ref random);
    }

    private void Apply(int step, Span<byte> pixels, int channels, ref SeededRandom random)
    {
        switch (step)
        {
            case 0 when Brightness > 0:
                PixelColours.Brighten(pixels, Factor(Brightness, ref random));
                break;
            case 1 when Contrast > 0:
                PixelColours.Contrast(pixels, channels, Factor(Contrast, ref random));
                break;
            case 2 when Saturation > 0:
                PixelColours.Saturate(pixels, Factor(Saturation, ref random));
                break;
            case 3 when Hue > 0:
                PixelColours.TurnHue(pixels, (float)random.Between(-Hue, Hue));
                break;
            default:
                break;
        }
    }

    private static float Factor(double reach, ref SeededRandom random) => (float)random.Between(Math.Max(0, 1 - reach), 1 + reach);
}
