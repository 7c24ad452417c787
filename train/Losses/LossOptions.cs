namespace Toolchain.Train.Losses;

/// <summary>Which loss to train with, and its settings. Settings that were not given are null or empty, and the loss has its own default.</summary>
public sealed record LossOptions
{
    /// <summary>The loss's name in <see cref="LossCatalog.Kinds"/>; null, the default, takes the task's usual one.</summary>
    public string? Name { get; init; }

    /// <summary>The share of each target that goes to all classes alike, 0..1.</summary>
    public double? LabelSmoothing { get; init; }

    /// <summary>One weight per class.</summary>
    public EquatableArray<float> ClassWeights { get; init; }

    /// <summary>Where smooth L1 goes over from squares to absolute values.</summary>
    public double? Beta { get; init; }

    /// <summary>How much less the focal loss counts what is known well.</summary>
    public double? Gamma { get; init; }

    /// <summary>The pixels that soft Dice adds to both sides of its quotient.</summary>
    public double? Smoothing { get; init; }

    /// <summary>The settings that were given, by name, for recipes and messages.</summary>
    public IEnumerable<KeyValuePair<LossSetting, object>> Given()
    {
        return ((KeyValuePair<LossSetting, object?>[])
        [
            new(LossSetting.LabelSmoothing, LabelSmoothing),
            new(LossSetting.ClassWeights, ClassWeights.IsEmpty ? null : ClassWeights.AsSpan().ToArray()),
            new(LossSetting.Beta, Beta),
            new(LossSetting.Gamma, Gamma),
            new(LossSetting.Smoothing, Smoothing),
        ]).Where(static s => s.Value is not null).Select(static s => KeyValuePair.Create(s.Key, s.Value!));
    }
}

/// <summary>The settings that a loss may have.</summary>
public enum LossSetting
{
    /// <summary><see cref="LossOptions.LabelSmoothing"/>.</summary>
    LabelSmoothing,

    /// <summary><see cref="LossOptions.ClassWeights"/>.</summary>
    ClassWeights,

    /// <summary><see cref="LossOptions.Beta"/>.</summary>
    Beta,

    /// <summary><see cref="LossOptions.Gamma"/>.</summary>
    Gamma,

    /// <summary><see cref="LossOptions.Smoothing"/>.</summary>
    Smoothing,
}
