using System.Globalization;

namespace Toolchain.Train.Sweeps;

/// <summary>How a range is divided.</summary>
internal enum SweepScale
{
    /// <summary>Equal differences.</summary>
    Linear,

    /// <summary>Equal ratios; both ends are above 0.</summary>
    Log,

    /// <summary>Whole numbers, each equally likely.</summary>
    Whole,
}

/// <summary>
/// A value that a sweep varies: a setting of the recipe by its key, <c>set.KEY</c>, an argument of the network, or one of <see cref="Network"/>,
/// <see cref="ImageSize"/> and <see cref="Seed"/>.
/// </summary>
/// <param name="Key">Which.</param>
internal abstract record SweepParameter(string Key)
{
    /// <summary>The network itself.</summary>
    public const string Network = "network";

    /// <summary>The size that images are resized to.</summary>
    public const string ImageSize = "image_size";

    /// <summary>The seed of a trial; the data is divided by the sweep's own seed, so that results can be compared.</summary>
    public const string Seed = "seed";

    private const string ArgumentPrefix = "set.";

    /// <summary>The network's argument that a key names; null for another key.</summary>
    public static string? ArgumentOf(string key) => key.StartsWith(ArgumentPrefix, StringComparison.Ordinal) ? key[ArgumentPrefix.Length..] : null;

    /// <summary>The key of a network's argument.</summary>
    public static string OfArgument(string name) => ArgumentPrefix + name;

    /// <summary>The values that a grid takes; null for a range that has no number of steps.</summary>
    public abstract IReadOnlyList<string>? Grid { get; }

    /// <summary>The scale on which its values are compared.</summary>
    public virtual SweepScale Scale => SweepScale.Linear;

    /// <summary>A value at random.</summary>
    /// <param name="random">Where it is drawn from.</param>
    public abstract string Draw(ref SeededRandom random);
}

/// <summary>One of a few values.</summary>
/// <param name="Key">Which.</param>
/// <param name="Values">As they are written in a recipe.</param>
internal sealed record SweepChoice(string Key, IReadOnlyList<string> Values) : SweepParameter(Key)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Grid => Values;

    /// <inheritdoc/>
    public override string Draw(ref SeededRandom random) => Values[random.Below(Values.Count)];
}

/// <summary>A number between two others.</summary>
/// <param name="Key">Which.</param>
/// <param name="From">The smallest.</param>
/// <param name="To">The largest.</param>
/// <param name="Division">How it is divided.</param>
/// <param name="Steps">The values that a grid takes, ends included; null where only random values are wanted.</param>
internal sealed record SweepRange(string Key, double From, double To, SweepScale Division, int? Steps) : SweepParameter(Key)
{
    /// <inheritdoc/>
    public override SweepScale Scale => Division;

    /// <inheritdoc/>
    public override IReadOnlyList<string>? Grid => Steps is { } steps
        ? [.. Enumerable.Range(0, steps).Select(i => Text(At(steps == 1 ? 0 : (double)i / (steps - 1)))).Distinct()]
        : null;

    /// <inheritdoc/>
    public override string Draw(ref SeededRandom random) => Division == SweepScale.Whole
        ? Text(From + random.Below((int)(To - From) + 1))
        : Text(At(random.NextDouble()));

    private double At(double share) => Division switch
    {
        SweepScale.Linear => From + ((To - From) * share),
        SweepScale.Log => From * Math.Pow(To / From, share),
        SweepScale.Whole => Math.Round(From + ((To - From) * share)),
        _ => throw new InvalidOperationException($"Unknown scale {Division}."),
    };

    // Four digits are more than a search can tell apart, and keep a table readable.
    private string Text(double value) => Division == SweepScale.Whole
        ? value.ToString("0", CultureInfo.InvariantCulture)
        : double.Parse(value.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
}
