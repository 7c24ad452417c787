namespace Toolchain.Data;

/// <summary>How batches are made. The defaults are those of an evaluation: data order, no change, the last partial batch kept.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Samples per batch; 128 by default.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Draws a new order for each epoch from the seed; off by default.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Leaves out the last batch when it would not be full; off by default.</summary>
    public bool DropLast { get; init; }

    /// <summary>Random changes to each sample; none by default.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>α of mixup's Beta(α, α); 0, the default, for no mixup. With <see cref="CutMixAlpha"/> too, each batch gets one of the two.</summary>
    public double MixupAlpha { get; init; }

    /// <summary>α of CutMix's Beta(α, α); 0, the default, for no CutMix. Images only.</summary>
    public double CutMixAlpha { get; init; }

    /// <summary>Chooses the orders and the changes; 0 by default.</summary>
    public long Seed { get; init; }

    /// <summary>Background threads that prepare batches; 1 by default. What is prepared does not depend on it.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Batches that may be ready or in the making ahead of the consumer; 4 by default.</summary>
    public int Prefetch { get; init; } = 4;

    /// <summary>Checks what a user may have chosen.</summary>
    /// <exception cref="ToolchainException">A number is wrong, or CutMix is asked for a table (<see cref="ErrorKind.Usage"/>).</exception>
    internal void Require(Dataset dataset)
    {
        var problems = new List<string>();
        foreach (var (name, alpha) in ((string, double)[])[("mixup", MixupAlpha), ("CutMix", CutMixAlpha)])
        {
            if (!(alpha >= 0 && double.IsFinite(alpha)))
                problems.Add(FormattableString.Invariant($"the alpha of {name} is {alpha}; it must be 0 (off) or more"));
        }

        if (CutMixAlpha > 0 && dataset.Inputs is TableInputs)
            problems.Add("CutMix replaces a part of an image, and this is a table; use mixup");
        if (problems.Count > 0)
            throw new ToolchainException(ErrorKind.Usage, $"The samples of {dataset.Name} cannot be mixed so: {string.Join("; ", problems)}.");
    }
}
