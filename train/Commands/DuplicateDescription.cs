using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Data;

namespace Toolchain.Train.Commands;

/// <summary>What occurs in a data set more than once, for people and for machines.</summary>
internal sealed class DuplicateDescription(DatasetSplits data, DuplicateReport report)
{
    /// <summary>How many there are.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"exact duplicates: {Text(report.Exact)}{(report.Contradictions > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {report.Contradictions:n0} contradict their twins in what is to be predicted") : "")}";
        yield return $"near-duplicates: {Text(report.Near)}{(report.Near.Total > 0 ? string.Create(CultureInfo.InvariantCulture, $" (pairs whose 64-bit difference hashes differ by {DuplicateReport.NearBits} bits at most, correlated by {DuplicateReport.NearCorrelation} at least)") : "")}{(report.IsCut ? "; so many images look alike that only some pairs were compared" : "")}";
        if (report.Exact.Across + report.Near.Across > 0)
        {
            yield return report.Exact.Across > 0
                ? "what is in both splits is measured although it was learned: take it out of one"
                : "look at the pairs across the splits: what is nearly the same is measured although it was learned";
        }
    }

    /// <summary>A table with a row per pair, if there are any.</summary>
    public IEnumerable<List<string[]>> Tables()
    {
        if (!report.Pairs.IsEmpty)
        {
            yield return [["duplicate", "of", "bits", "target"], .. report.Pairs.Select(p => (string[])[Name(p.Second), Name(p.First), p.Exact ? "exact" : $"{p.Bits}", p.SameTarget ? "same" : "other"])];
        }
    }

    /// <summary>The same as JSON.</summary>
    public JsonObject Result() => new()
    {
        ["exact"] = Counts(report.Exact),
        ["near"] = Counts(report.Near),
        ["near_bits"] = DuplicateReport.NearBits,
        ["near_correlation"] = DuplicateReport.NearCorrelation,
        ["contradictions"] = report.Contradictions,
        ["complete"] = !report.IsCut,
        ["pairs"] = new JsonArray([.. report.Pairs.Select(p => new JsonObject
        {
            ["first"] = Name(p.First),
            ["second"] = Name(p.Second),
            ["bits"] = p.Bits,
            ["exact"] = p.Exact,
            ["same_target"] = p.SameTarget,
        })]),
    };

    private string Name(int sample)
    {
        var (part, word, index) = sample < report.TrainCount ? (data.Train, "train", sample) : (data.Test, "test", sample - report.TrainCount);
        return part.SampleNames.IsEmpty ? $"{word} {index}" : $"{word} {part.SampleNames[index]}";
    }

    private static string Text(DuplicateCount count) => count.Total == 0
        ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"{count.InTrain:n0} in training, {count.InTest:n0} in test, {count.Across:n0} across");

    private static JsonObject Counts(DuplicateCount count) => new() { ["train"] = count.InTrain, ["test"] = count.InTest, ["across"] = count.Across };
}
