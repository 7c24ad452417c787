using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Toolchain.Train.Drawing;

namespace Toolchain.Train.Sweeps;

/// <summary>What a sweep found: as a table, as CSV, as JSON and as a chart.</summary>
/// <param name="title">The sweep's name.</param>
/// <param name="plan">What was varied.</param>
/// <param name="state">The results.</param>
/// <param name="folderOf">The folder of a trial.</param>
internal sealed class SweepReport(string title, SweepPlan plan, SweepState state, Func<SweepTrial, string> folderOf)
{
    private readonly SweepTrial[] _inOrder =
    [
        .. state.Ranked(),
        .. state.Trials.Where(static t => t.Validation is null || t.Failure is not null),
    ];

    private string[] Keys => [.. plan.Parameters.Select(static p => p.Key)];

    /// <summary>The table, the best trial first.</summary>
    public IReadOnlyCollection<IReadOnlyList<string>> Table() =>
    [
        ["trial", .. Keys, "epochs", "best epoch", "validation accuracy", "validation loss"],
        .. _inOrder.Select(t => (string[])
        [
            Number(t.Number), .. Keys.Select(k => t.Values[k]), Number(t.Epochs), t.BestEpoch == 0 ? "" : Number(t.BestEpoch),
            t.Failure is not null ? "failed" : t.Validation?.Accuracy is { } accuracy ? accuracy.ToString("p2", CultureInfo.InvariantCulture) : "",
            t.Validation is { } score ? score.Loss.ToString("f4", CultureInfo.InvariantCulture) : "",
        ]),
    ];

    /// <summary>The table as comma-separated values (RFC 4180), numbers in full.</summary>
    public string Csv()
    {
        var csv = new StringBuilder();
        Row(csv, ["trial", .. Keys, "epochs", "best_epoch", "validation_accuracy", "validation_loss", "finished", "failure", "folder"]);
        foreach (var t in _inOrder)
        {
            Row(csv,
            [
                Number(t.Number), .. Keys.Select(k => t.Values[k]), Number(t.Epochs), Number(t.BestEpoch), Text(t.Validation?.Accuracy), Text(t.Validation?.Loss),
                t.IsFinished ? "true" : "false", t.Failure ?? "", folderOf(t),
            ]);
        }

        return csv.ToString();
    }

    /// <summary>The trials, the best first.</summary>
    public JsonArray Json() =>
    [
        .. _inOrder.Select(t => (JsonNode)new JsonObject
        {
            ["trial"] = t.Number,
            ["values"] = new JsonObject(t.Values.Select(static v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))),
            ["epochs"] = t.Epochs,
            ["best_epoch"] = t.BestEpoch,
            ["validation_accuracy"] = t.Validation?.Accuracy,
            ["validation_loss"] = t.Validation is { } score && double.IsFinite(score.Loss) ? score.Loss : null,
            ["finished"] = t.IsFinished,
            ["failure"] = t.Failure,
            ["run"] = folderOf(t),
        }),
    ];

    /// <summary>The trials' results over the first number that was varied, or, where all are words, over the trials' numbers.</summary>
    public LineChart Chart()
    {
        var byAccuracy = state.Ranked().All(static t => t.Validation!.Value.Accuracy is not null);
        var over = plan.Parameters.FirstOrDefault(p => state.Trials.All(t => double.TryParse(t.Values[p.Key], NumberStyles.Float, CultureInfo.InvariantCulture, out _)));
        var best = state.Ranked().FirstOrDefault();
        double Result(SweepTrial t) => byAccuracy ? t.Validation!.Value.Accuracy!.Value : t.Validation!.Value.Loss;
        ChartPoint Point(SweepTrial t, string? text) => new(
            over is null ? t.Number : double.Parse(t.Values[over.Key], CultureInfo.InvariantCulture),
            Result(t),
            text,
            $"trial {Number(t.Number)}: {string.Join(", ", t.Values.Select(static v => $"{v.Key} {v.Value}"))}: {Result(t).ToString(byAccuracy ? "p2" : "f4", CultureInfo.InvariantCulture)}");
        return new(
            title,
            new(over?.Key ?? "trial", over is not null && IsLogarithmic(over) ? AxisScale.Logarithmic : AxisScale.Linear),
            new(byAccuracy ? "validation accuracy" : "validation loss"),
            [
                new ChartMarkers("trials", [.. state.Ranked().Where(t => t != best).Select(t => Point(t, null))]),
                new ChartMarkers("best", best is null ? [] : [Point(best, $"trial {Number(best.Number)}")]),
            ]);
    }

    // Values that span more than a factor of 20 are told apart on a logarithmic axis only.
    private bool IsLogarithmic(SweepParameter parameter)
    {
        var values = state.Trials.Select(t => double.Parse(t.Values[parameter.Key], CultureInfo.InvariantCulture)).ToArray();
        return parameter.Scale == SweepScale.Log || (values.Min() > 0 && values.Max() / values.Min() > 20);
    }

    private static void Row(StringBuilder csv, IEnumerable<string> cells) => csv.AppendJoin(',', cells.Select(Quoted)).Append("\r\n");

    private static string Quoted(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(double? number) => number?.ToString("r", CultureInfo.InvariantCulture) ?? "";
}
