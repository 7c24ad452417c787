namespace Toolchain.Data;

/// <summary>How batches are made. The defaults are those of an evaluation: data order, no change, the last partial batch kept.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Images per batch; 128 by default.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Draws a new order for each epoch from the seed; off by default.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Leaves out the last batch when it would not be full; off by default.</summary>
    public bool DropLast { get; init; }

    /// <summary>Random changes to each image; none by default.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>Chooses the orders and the changes; 0 by default.</summary>
    public long Seed { get; init; }

    /// <summary>Background threads that prepare batches; 1 by default. What is prepared does not depend on it.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Batches that may be ready or in the making ahead of the consumer; 4 by default.</summary>
    public int Prefetch { get; init; } = 4;
}
