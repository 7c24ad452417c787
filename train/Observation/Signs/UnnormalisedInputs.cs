using Toolchain.Data;
using Toolchain.Train.Evaluation;

namespace Toolchain.Train.Observation.Signs;

/// <summary>The network's inputs are far from mean 0 and standard deviation 1, or of very different scales (notes: input normalization, problem of having parameters of different scale).</summary>
internal static class UnnormalisedInputs
{
    private const double LargestMean = 1;
    private const double SmallestStd = 0.3;
    private const double LargestStd = 3;
    private const double LargestRatio = 10;

    /// <summary>The sign.</summary>
    public static Sign Sign { get; } = new("unnormalised-inputs", "the network's inputs are far from mean 0 and standard deviation 1", Look);

    private static SignSeen? Look(RunCourse course)
    {
        if (course.Views is not [.., { Inputs: { IsEmpty: false } channels }])
        {
            return null;
        }

        var mean = channels.Average(static c => c.Mean);
        var std = Math.Sqrt(channels.Average(c => (c.Std * c.Std) + Square(c.Mean - mean)));
        if (Math.Abs(mean) > LargestMean || std is < SmallestStd or > LargestStd)
        {
            return new(
                FormattableString.Invariant($"The network's inputs are not normalised: on validation samples their mean is {mean:g3} and their standard deviation {std:g3}, expected are about 0 and 1. One learning rate cannot suit the first layer and the others."),
                "Normalise every channel by the mean and the standard deviation of the training samples, which 'train data DATA' shows.");
        }

        var varying = Enumerable.Range(0, channels.Count).Where(c => channels[c].Std > 0).ToArray();
        if (varying.Length < 2 || varying.Max(c => channels[c].Std) <= LargestRatio * varying.Min(c => channels[c].Std))
        {
            return null;
        }

        var (widest, narrowest) = (varying.MaxBy(c => channels[c].Std), varying.MinBy(c => channels[c].Std));
        return new(
            FormattableString.Invariant($"The network's inputs are of different scales: on validation samples {Name(course, widest)} has a standard deviation of {channels[widest].Std:g3} and {Name(course, narrowest)} one of {channels[narrowest].Std:g3}. No learning rate suits both."),
            "Look for outliers, beside which all other values of a normalised channel become alike, and cut them off or take logarithms.");
    }

    private static double Square(double value) => value * value;

    private static string Name(RunCourse course, int channel) =>
        course.Start.Data.Splits.Train.Inputs is TableInputs table ? $"column '{table.Columns[channel]}'" : FormattableString.Invariant($"channel {channel}");
}
