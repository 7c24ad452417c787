using Toolchain.Registry;

namespace Toolchain.Train.Evaluation;

/// <summary>How good estimates of numbers are.</summary>
/// <param name="Images">Images that were measured.</param>
/// <param name="Columns">Each estimated number, in order.</param>
public sealed record RegressionReport(long Images, EquatableArray<RegressionScore> Columns)
{
    /// <summary>All columns together: means over them, and R² the mean of the columns that have one.</summary>
    public RegressionScore Overall => new(
        Columns.Average(static c => c.Mse),
        Columns.Average(static c => c.Mae),
        Columns.Select(static c => c.R2).Where(static r2 => !double.IsNaN(r2)).DefaultIfEmpty(double.NaN).Average());

    /// <summary>The entry of a manifest; its loss is the mean squared error.</summary>
    public SplitMetrics ToMetrics() => SplitMetrics.Of(Images, null, Overall.Mse,
    [
        KeyValuePair.Create(MetricNames.Mse, Overall.Mse),
        KeyValuePair.Create(MetricNames.Rmse, Overall.Rmse),
        KeyValuePair.Create(MetricNames.Mae, Overall.Mae),
        KeyValuePair.Create(MetricNames.R2, Overall.R2),
    ]);
}

/// <summary>Errors of estimates.</summary>
/// <param name="Mse">The mean squared error, in the square of the target's unit.</param>
/// <param name="Mae">The mean absolute error, L1, in the target's unit.</param>
/// <param name="R2">1 − squared errors / squared distances of the targets from their mean; NaN where all targets are equal.</param>
public readonly record struct RegressionScore(double Mse, double Mae, double R2)
{
    /// <summary>The root of <see cref="Mse"/>, in the target's unit.</summary>
    public double Rmse => Math.Sqrt(Mse);
}
