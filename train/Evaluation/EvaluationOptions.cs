namespace Toolchain.Train.Evaluation;

/// <summary>What an evaluation collects, and how it looks at the images.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Images per batch; 128 by default. The results do not depend on it.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>For each k, the share of images whose true class is among the k most probable ones; none by default.</summary>
    public EquatableArray<int> TopK { get; init; }

    /// <summary>Whether to count each pair of true and predicted class; off by default, because the table is classes × classes.</summary>
    public bool Confusion { get; init; }

    /// <summary>The views of each image; the image alone by default.</summary>
    public TestTimeAugmentation Augmentation { get; init; } = TestTimeAugmentation.None;

    /// <summary>How many of the wrongly classified images with the highest losses to list; 0 by default.</summary>
    public int WorstMistakes { get; init; }
}
