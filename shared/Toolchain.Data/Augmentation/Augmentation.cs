namespace Toolchain.Data;

/// <summary>
/// Random changes to training samples, applied in the order of the properties before normalisation. What a sample becomes depends only on the
/// seed, the epoch and the sample's index. Masks follow the geometric changes, with nearest neighbours, and are ignored where nothing moved in.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Moves images; none by default.</summary>
    public RandomCrop? Crop { get; init; }

    /// <summary>Mirrors images; none by default.</summary>
    public HorizontalFlip? Flip { get; init; }

    /// <summary>Turns images; none by default.</summary>
    public RandomRotation? Rotation { get; init; }

    /// <summary>Changes the colours of images; none by default.</summary>
    public ColorJitter? Jitter { get; init; }

    /// <summary>Adds noise to images and tables; none by default.</summary>
    public GaussianNoise? Noise { get; init; }

    /// <summary>Paints over a part of images; none by default.</summary>
    public RandomErasing? Erasing { get; init; }

    /// <summary>What a moved or turned image shows where it was not, one value per channel; empty, the default, is 0 for every channel.</summary>
    public EquatableArray<byte> Fill { get; init; } = [];

    /// <summary>The changes, in the order in which they are applied.</summary>
    public IEnumerable<SampleTransform> Transforms
    {
        get
        {
            SampleTransform?[] all = [Crop, Flip, Rotation, Jitter, Noise, Erasing];
            return all.OfType<SampleTransform>();
        }
    }

    /// <summary>Checks every number, and that the changes apply to the data set.</summary>
    /// <exception cref="ToolchainException">Something is wrong; the message has every problem (<see cref="ErrorKind.Usage"/>).</exception>
    public void Require(Dataset dataset)
    {
        List<string> problems = [.. Transforms.SelectMany(transform => transform.Problems(dataset))];
        if (!Fill.IsEmpty && Fill.Count != dataset.Channels)
            problems.Add($"the fill has {Fill.Count} values for {dataset.Channels} channels; give one per channel, or none for 0");
        if (problems.Count > 0)
            throw new ToolchainException(ErrorKind.Usage, $"Data set {dataset.Name} cannot be augmented so: {string.Join("; ", problems)}.");
    }
}
