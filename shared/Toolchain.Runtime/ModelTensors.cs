namespace Toolchain.Runtime;

/// <summary>
/// The names of an exported model's inputs and outputs. What it takes is named after what a sample is, and its first output after what the numbers mean;
/// the trained graph has names of its own.
/// </summary>
public static class ModelTensors
{
    /// <summary>The input of a model of images: <c>uint8 [N, H, W, C]</c>, decoded.</summary>
    public const string Pixels = "pixels";

    /// <summary>The input of a model of tables: <c>float32 [N, 1, 1, C]</c>, a value for each column, in the columns' units.</summary>
    public const string Numbers = "numbers";

    /// <summary>
    /// The first output where the task has classes: float32 <c>[N, classes]</c>, or <c>[N, classes, H, W]</c> of a segmentation. Of an ensemble the logarithm of
    /// <see cref="Probabilities"/>, whose softmax they are, so that whoever reads logits reads those of an ensemble too.
    /// </summary>
    public const string Logits = "logits";

    /// <summary>The second output where the task has classes: the softmax of <see cref="Logits"/> over the classes.</summary>
    public const string Probabilities = "probabilities";

    /// <summary>The only output of a regression: <c>float32 [N, values]</c>, in the targets' units.</summary>
    public const string Values = "values";

    /// <summary>
    /// Of an ensemble: how far its members are apart. With classes the mutual information between the class and the member, in nats, float32 <c>[N]</c>, or
    /// <c>[N, H, W]</c> of a segmentation; of a regression the members' variance, <c>[N, values]</c>.
    /// </summary>
    public const string Disagreement = "disagreement";

    /// <summary>Of an ensemble, on request: what each member gives, float32 <c>[N, members, classes]</c>, or <c>[N, members, classes, H, W]</c> of a segmentation.</summary>
    public const string Members = "members";

    /// <summary>The input that takes samples as they are.</summary>
    public static string Input(SampleKind samples) => samples switch
    {
        SampleKind.Pixels => Pixels,
        SampleKind.Numbers => Numbers,
        _ => throw new ArgumentOutOfRangeException(nameof(samples), samples, "Unknown kind of sample."),
    };

    /// <summary>The output that a probe has the numbers of: <see cref="Logits"/> or <see cref="Values"/>, otherwise the first, which is the one that is trained.</summary>
    /// <param name="outputs">The outputs' names, at least one.</param>
    public static string Trained(IReadOnlyCollection<string> outputs) => outputs.FirstOrDefault(static o => o is Logits or Values) ?? outputs.First();
}
