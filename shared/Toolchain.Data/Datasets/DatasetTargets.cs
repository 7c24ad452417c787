using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>
/// What a model is to predict for each of N samples, which decides the task: <see cref="ClassTargets"/>, <see cref="ValueTargets"/> or
/// <see cref="MaskTargets"/>.
/// </summary>
public abstract class DatasetTargets
{
    private protected DatasetTargets(ModelTask task, ImmutableArray<string> names) => (Task, Names) = (task, names);

    /// <summary>The task that these targets make.</summary>
    public ModelTask Task { get; }

    /// <summary>What each output of a model means: the classes, or the columns of the values.</summary>
    public ImmutableArray<string> Names { get; }

    internal abstract DatasetTargets Subset(ReadOnlySpan<int> samples);

    /// <summary>These targets and, after them, others of the same kind.</summary>
    internal abstract DatasetTargets Join(DatasetTargets others);
}

/// <summary>One class per sample.</summary>
/// <param name="labels">N class numbers, from 0; may not change afterwards.</param>
/// <param name="classNames">What each class number means.</param>
public sealed class ClassTargets(int[] labels, ImmutableArray<string> classNames) : DatasetTargets(ModelTask.Classification, classNames)
{
    /// <summary>The class number of every sample.</summary>
    public ReadOnlySpan<int> Labels => labels;

    internal override ClassTargets Subset(ReadOnlySpan<int> samples) => new(Samples.Gather(labels, 1, samples), Names);

    internal override ClassTargets Join(DatasetTargets others) => new([.. labels, .. ((ClassTargets)others).Labels], Names);
}

/// <summary>Numbers per sample, to be predicted by regression.</summary>
/// <param name="values"><c>float32 [N, V]</c>, contiguous and finite; may not change afterwards.</param>
/// <param name="columns">The names of the V columns.</param>
public sealed class ValueTargets(float[] values, ImmutableArray<string> columns) : DatasetTargets(ModelTask.Regression, columns)
{
    /// <summary>All values, <c>float32 [N, V]</c>.</summary>
    public ReadOnlyMemory<float> Values => values;

    /// <summary>The values of one sample, <c>float32 [V]</c>.</summary>
    public ReadOnlySpan<float> Row(int index) => Samples.Row(values, index, Names.Length);

    internal override ValueTargets Subset(ReadOnlySpan<int> samples) => new(Samples.Gather(values, Names.Length, samples), Names);

    internal override ValueTargets Join(DatasetTargets others) => new([.. values, .. ((ValueTargets)others).Values.Span], Names);
}

/// <summary>One class per pixel.</summary>
/// <param name="masks"><c>uint8 [N, H, W]</c>, contiguous: class numbers, or <see cref="Ignored"/>; may not change afterwards.</param>
/// <param name="pixels">Pixels of one mask: H · W.</param>
/// <param name="classNames">What each class number means; at most 255.</param>
public sealed class MaskTargets(byte[] masks, int pixels, ImmutableArray<string> classNames) : DatasetTargets(ModelTask.Segmentation, classNames)
{
    /// <summary>The mark of a pixel that belongs to no class and counts in no loss and no score.</summary>
    public const byte Ignored = 255;

    /// <summary>Pixels of one mask: H · W.</summary>
    public int MaskLength => pixels;

    /// <summary>All masks, <c>uint8 [N, H, W]</c>.</summary>
    public ReadOnlyMemory<byte> Masks => masks;

    /// <summary>One mask, <c>uint8 [H, W]</c>.</summary>
    public ReadOnlySpan<byte> Mask(int index) => Samples.Row(masks, index, pixels);

    internal override MaskTargets Subset(ReadOnlySpan<int> samples) => new(Samples.Gather(masks, pixels, samples), pixels, Names);

    internal override MaskTargets Join(DatasetTargets others) => new([.. masks, .. ((MaskTargets)others).Masks.Span], pixels, Names);
}
