namespace Toolchain.Train.Evaluation;

/// <summary>What a validation pass shows of a network beyond loss and accuracy.</summary>
/// <param name="Confusion">How often each class was taken for each, counted in samples or, in segmentation, in pixels; null in regression.</param>
/// <param name="Rectifiers">Every ReLU of the network, in its order, as it was on some samples from everywhere.</param>
/// <param name="Inputs">Every channel of what the network was given, on the same samples.</param>
/// <param name="Samples">A few of these samples and what the network takes them for; empty unless images are classified.</param>
public sealed record ValidationView(
    ConfusionMatrix? Confusion, EquatableArray<RectifierUnits> Rectifiers, EquatableArray<ChannelMoments> Inputs, EquatableArray<PredictedSample> Samples)
{
    /// <summary>A few of these samples with their masks; empty unless images are segmented.</summary>
    public EquatableArray<PredictedMask> Masks { get; init; } = [];
}

/// <summary>The values of one channel, over samples and places.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Std">Their standard deviation.</param>
public readonly record struct ChannelMoments(double Mean, double Std);

/// <summary>The units of a ReLU: its channels behind a convolution, its features behind a matrix product.</summary>
/// <param name="Node">The ReLU's name.</param>
/// <param name="Units">How many it has.</param>
/// <param name="Silent">How many of them were zero for every sample, at every place: no gradient passes them.</param>
/// <param name="Values">How many values of each unit were seen: samples times places.</param>
public readonly record struct RectifierUnits(string Node, int Units, int Silent, long Values)
{
    /// <summary>Silent / units, 0..1.</summary>
    public double SilentShare => (double)Silent / Math.Max(1, Units);
}

/// <summary>An image with its class, and the class that it was taken for.</summary>
/// <param name="Pixels"><c>uint8 [H, W, C]</c>, as decoded.</param>
/// <param name="Size">H, W and C.</param>
/// <param name="Label">The true class.</param>
/// <param name="Predicted">The most probable class.</param>
/// <param name="Probability">Its probability, 0..1.</param>
public sealed record PredictedSample(ReadOnlyMemory<byte> Pixels, (int Height, int Width, int Channels) Size, int Label, int Predicted, float Probability);

/// <summary>An image with its mask, and the mask that was computed for it.</summary>
/// <param name="Pixels"><c>uint8 [H, W, C]</c>, as decoded.</param>
/// <param name="Size">H, W and C.</param>
/// <param name="Label">The true classes, <c>[H, W]</c>; <see cref="Data.MaskTargets.Ignored"/> for none.</param>
/// <param name="Predicted">The most probable classes, <c>[H, W]</c>.</param>
public sealed record PredictedMask(ReadOnlyMemory<byte> Pixels, (int Height, int Width, int Channels) Size, ReadOnlyMemory<long> Label, ReadOnlyMemory<long> Predicted);
