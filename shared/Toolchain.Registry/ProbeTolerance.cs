namespace Toolchain.Registry;

/// <summary>How far a model may be from its probe.</summary>
public static class ProbeTolerance
{
    // Logits of trained classifiers stay below this in size, mostly; what float32 rounds in larger ones, as untrained or very deep networks have them, is in proportion.
    private const double UsualLogit = 10;

    /// <summary>
    /// The largest absolute difference that is allowed: one number for usual logits, in proportion to the largest beyond them. The values of a regression are in
    /// the units of its targets, so there the difference grows with the largest of them from 1 on.
    /// </summary>
    /// <param name="tolerance">The difference that is allowed for logits up to 10 in size, and for values up to 1.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="probe">Its probe.</param>
    public static double For(double tolerance, ModelManifest manifest, Probe probe)
    {
        var (usual, largest) = (manifest.Task == ModelTask.Regression.Text() ? 1 : UsualLogit, 0.0);
        foreach (var value in probe.Logits.Values<float>())
        {
            largest = double.IsFinite(value) ? Math.Max(largest, Math.Abs((double)value)) : largest;
        }

        return tolerance * Math.Max(1, largest / usual);
    }
}
