using System.Diagnostics;

namespace Toolchain.Data;

/// <summary>An augmentation bound to the data set that it changes. Safe to use from many threads at once.</summary>
internal sealed class AugmentationPlan
{
    [ThreadStatic]
    private static long _spent;

    private readonly SampleTransform[] _transforms;
    private readonly ImageFrame _frame;

    /// <param name="augmentation">The changes.</param>
    /// <param name="dataset">What they change.</param>
    /// <param name="indices">The training samples, for those changes that depend on their mean or deviation.</param>
    /// <param name="seed">Chooses the changes.</param>
    /// <exception cref="ToolchainException">A number is wrong, or a change does not apply to such data (<see cref="ErrorKind.Usage"/>).</exception>
    public AugmentationPlan(Augmentation augmentation, Dataset dataset, ReadOnlySpan<int> indices, long seed)
    {
        augmentation.Require(dataset);
        _transforms = [.. augmentation.Transforms];
        var measured = augmentation.Noise is not null || augmentation.Erasing is { Fill: ErasingFill.Mean };
        var statistics = measured && !indices.IsEmpty ? ChannelStatistics.Of(dataset, indices) : new([], []);
        var scale = dataset.Inputs is ImageInputs ? byte.MaxValue : 1;
        _frame = new(dataset.Height, dataset.Width, dataset.Channels, seed,
            augmentation.Fill.IsEmpty ? new byte[dataset.Channels] : augmentation.Fill.AsSpan().ToArray(),
            dataset.Inputs is ImageInputs ? [.. statistics.Mean.Select(mean => (byte)Math.Round(mean * scale))] : [],
            [.. statistics.Std.Select(std => std * scale)]);
    }

    /// <summary>How long the calling thread has spent on augmentations that are timed, in ticks of <see cref="Stopwatch"/>.</summary>
    public static long Spent => _spent;

    /// <summary>Whether its time is counted; off by default.</summary>
    public bool IsTimed { get; set; }

    /// <summary>Changes an image in place.</summary>
    /// <param name="pixels"><c>uint8 [H, W, C]</c>.</param>
    /// <param name="mask">Its mask, <c>uint8 [H, W]</c>; empty when it has none.</param>
    /// <param name="scratch">Room for as many bytes as there are pixels.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The image's index.</param>
    public void Apply(Span<byte> pixels, Span<byte> mask, Span<byte> scratch, int epoch, int index)
    {
        var from = IsTimed ? Stopwatch.GetTimestamp() : 0;
        var random = new SeededRandom(_frame.Seed, RandomStream.Augmentation, epoch, index);
        var sample = new ImageSample(_frame, pixels, mask, scratch, epoch, index);
        foreach (var transform in _transforms)
            transform.Apply(in sample, ref random);
        Count(from);
    }

    /// <summary>Changes a row of a table in place.</summary>
    /// <param name="row"><c>float32 [C]</c>.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The row's index.</param>
    public void Apply(Span<float> row, int epoch, int index)
    {
        var from = IsTimed ? Stopwatch.GetTimestamp() : 0;
        var random = new SeededRandom(_frame.Seed, RandomStream.Augmentation, epoch, index);
        foreach (var transform in _transforms)
            ((GaussianNoise)transform).Apply(row, _frame.Deviation, ref random);
        Count(from);
    }

    private static void Count(long from)
    {
        if (from != 0)
            _spent += Stopwatch.GetTimestamp() - from;
    }
}
