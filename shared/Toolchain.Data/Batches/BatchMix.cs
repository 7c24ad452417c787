namespace Toolchain.Data;

/// <summary>A rectangle of pixels: rows from <paramref name="Top"/> to before <paramref name="Bottom"/>, columns from <paramref name="Left"/> to before <paramref name="Right"/>.</summary>
/// <param name="Top">y0.</param>
/// <param name="Bottom">y1.</param>
/// <param name="Left">x0.</param>
/// <param name="Right">x1.</param>
public readonly record struct MixBox(int Top, int Bottom, int Left, int Right)
{
    /// <summary>Its pixels.</summary>
    public int Area => (Bottom - Top) * (Right - Left);
}

/// <summary>
/// How the samples of a batch are mixed with each other; the trainer does it. Without a box it is mixup (Zhang et al., 2017, arXiv:1710.09412):
/// λ·x + (1 − λ)·x[partner]. With a box it is CutMix (Yun et al., 2019, arXiv:1905.04899): the box is the partner's, the rest the sample's own,
/// in images and in masks. The loss is λ times that of the sample's own target and 1 − λ times that of its partner's; where CutMix has pasted
/// masks, just that of the mask.
/// </summary>
/// <param name="Partners">A permutation of the batch: whose sample each one is mixed with.</param>
/// <param name="Lambda">λ, the share of a sample's own, 0..1; with a box the share of the pixels outside it.</param>
/// <param name="Box">What CutMix replaces, possibly of no area; null for mixup.</param>
public sealed record BatchMix(int[] Partners, float Lambda, MixBox? Box)
{
    internal static BatchMix? Draw(BatchLoaderOptions options, Dataset dataset, int count, int epoch, int number)
    {
        var (mixup, cutmix) = (options.MixupAlpha > 0, options.CutMixAlpha > 0);
        if (!mixup && !cutmix)
            return null;

        var random = new SeededRandom(options.Seed, RandomStream.Mix, epoch, number);
        int[] partners = [.. Enumerable.Range(0, count)];
        random.Shuffle(partners.AsSpan());
        if (mixup && (!cutmix || random.Coin()))
            return new(partners, (float)random.Beta(options.MixupAlpha, options.MixupAlpha), null);

        var box = DrawBox(dataset.Height, dataset.Width, random.Beta(options.CutMixAlpha, options.CutMixAlpha), ref random);
        return new(partners, (float)(1 - ((double)box.Area / (dataset.Height * dataset.Width))), box);
    }

    // The middle is anywhere in the image, so the box may reach over an edge, where it is cut off (the paper's equation 2).
    private static MixBox DrawBox(int height, int width, double lambda, ref SeededRandom random)
    {
        var side = Math.Sqrt(1 - lambda);
        var (halfHeight, halfWidth) = ((int)(height * side) / 2, (int)(width * side) / 2);
        var (y, x) = (random.Below(height), random.Below(width));
        return new(Math.Max(y - halfHeight, 0), Math.Min(y + halfHeight, height), Math.Max(x - halfWidth, 0), Math.Min(x + halfWidth, width));
    }
}
