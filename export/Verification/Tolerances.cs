namespace Toolchain.Export.Verification;

/// <summary>How far results that must agree may be apart; each kind of comparison has its one number here.</summary>
internal static class Tolerances
{
    /// <summary>
    /// Largest absolute difference between a float32 model's logits and the probe's: another engine sums in another order. Logits beyond
    /// the usual, and values of a regression, may be apart in proportion to the largest (<see cref="Registry.ProbeTolerance"/>).
    /// </summary>
    public const double Parity = 1e-4;

    /// <summary>
    /// Largest absolute difference of a logit between batch sizes, for logits up to 1 in size; above, in proportion to the largest one. A batch
    /// size can choose another kernel, and with it another order of summation.
    /// </summary>
    public const double Batches = 1e-5;

    /// <summary>
    /// Largest difference between an imported graph and its file, both run by ONNX Runtime, for numbers up to 1 in size; above, in proportion to the
    /// largest one. Another form of an operator can be fused in another way, and with it comes another order of summation.
    /// </summary>
    public const double Import = 1e-5;

    /// <summary>The same where the file's numbers are float16, which keep 11 bits.</summary>
    public const double ImportHalf = 1e-3;

    /// <summary>
    /// Largest absolute difference of an ensemble's probabilities and disagreement from the average of its members' own: what float32 means and softmaxes
    /// round, because a branch computes as its member does.
    /// </summary>
    public const double Ensemble = 1e-6;

    /// <summary>The same for members that run grouped: other kernels sum in another order before the softmax.</summary>
    public const double GroupedEnsemble = 1e-5;

    /// <summary>
    /// Largest difference of a logit, in proportion to the largest one, where only weights are float16: each is off by at most 2⁻¹¹ of itself, and the errors of
    /// many layers add up like noise.
    /// </summary>
    public const double HalfStorage = 1e-2;

    /// <summary>Largest difference of a logit, in proportion to the largest one, where activations are float16 too.</summary>
    public const double HalfCompute = 3e-2;
}
