namespace Toolchain.Registry;

/// <summary>How far a model may be from its probe.</summary>
public static class ProbeTolerance
{
    /// <summary>
    /// The largest absolute difference that is allowed. Logits have one scale in all models; the values of a regression are in the units of its targets, so
    /// there the difference may grow with the largest of them.
    /// </summary>
    /// <param name="tolerance">The difference that is allowed for logits, and for values up to 1 in size.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="probe">Its probe.</param>
    public static double For(double tolerance, ModelManifest manifest, Probe probe)
    {
        var largest = 1.0;
        if (manifest.Task == ModelTask.Regression.Text())
        {
            foreach (var value in probe.Logits.Values<float>())
            {
                largest = double.IsFinite(value) ? Math.Max(largest, Math.Abs((double)value)) : largest;
            }
        }

        return tolerance * largest;
    }
}
