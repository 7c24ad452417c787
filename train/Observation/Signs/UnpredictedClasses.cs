using Toolchain.Graphs;
using Toolchain.Train.Evaluation;

namespace Toolchain.Train.Observation.Signs;

/// <summary>A class that the validation split has, but that the network takes nothing for.</summary>
internal static class UnpredictedClasses
{
    private const int Epochs = 3;
    private const int Support = 10;
    private const int Named = 3;

    /// <summary>The sign.</summary>
    public static Sign Sign { get; } = new("unpredicted-class", "a class is never predicted", Look);

    private static SignSeen? Look(RunCourse course)
    {
        if (course.Views is not [.., { Confusion: { } last }])
        {
            return null;
        }

        int[] never = [.. Enumerable.Range(0, last.Classes).Where(c => course.Lasts(Epochs, view => IsNever(view.Confusion!, c)))];
        if (never.Length == 0)
        {
            return null;
        }

        var labels = course.Start.Data.Splits.Train.OutputNames;
        var units = course.Start.Data.Task == ModelTask.Segmentation ? "pixels" : "samples";
        return new(
            FormattableString.Invariant($"{(never.Length == 1 ? "A class is" : $"{never.Length} of {last.Classes} classes are")} never predicted: {string.Join("; ", never.Take(Named).Select(Taken))}{(never.Length > Named ? "; …" : "")}."),
            "Look whether the class is rare or mislabelled ('train data DATA'), give it more weight (--class-weights balanced, --loss focal), train longer, or try a smaller --lr.");

        string Taken(int c)
        {
            var row = last.Row(c).ToArray();
            var (most, count) = row.Select(static (count, other) => (other, count)).MaxBy(static p => p.count);
            return FormattableString.Invariant($"of the {row.Sum():n0} validation {units} of '{labels[c]}' {count:n0} are taken for '{labels[most]}'");
        }
    }

    private static bool IsNever(ConfusionMatrix confusion, int c)
    {
        var predicted = Enumerable.Range(0, confusion.Classes).Sum(t => confusion[t, c]);
        return predicted == 0 && confusion.Row(c).ToArray().Sum() >= Support;
    }
}
