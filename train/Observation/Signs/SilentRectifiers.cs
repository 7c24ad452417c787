using Toolchain.Train.Evaluation;

namespace Toolchain.Train.Observation.Signs;

/// <summary>Dead ReLUs: units that are zero for every validation sample get no gradient and never come back (Maas et al. 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models).</summary>
internal static class SilentRectifiers
{
    private const int Epochs = 2;
    private const double Share = 0.5;

    // With few values, a living unit may well be zero for all of them.
    private const long Values = 64;

    /// <summary>The sign.</summary>
    public static Sign Sign { get; } = new("dead-relus", "most units of a ReLU are zero for every sample", Look);

    private static SignSeen? Look(RunCourse course)
    {
        if (!course.Lasts(Epochs, static view => view.Rectifiers.Any(IsSilent)))
        {
            return null;
        }

        var all = course.Views[^1].Rectifiers;
        RectifierUnits[] silent = [.. all.Where(IsSilent).OrderByDescending(static r => r.SilentShare)];
        return new(
            FormattableString.Invariant($"Dead ReLUs: in {silent.Length} of {all.Count} ReLU layers at least half of the units are zero for each of the validation samples that were looked into, most in '{silent[0].Node}', where {silent[0].Silent} of {silent[0].Units} are. No gradient passes them, so they will stay so."),
            "Try a smaller --lr or a --warm-up, another --init (conv=kaiming-normal, linear=kaiming-normal), a network with batch normalisation, or leaky ReLUs.");
    }

    private static bool IsSilent(RectifierUnits units) => units.SilentShare >= Share && units.Values >= Values;
}
