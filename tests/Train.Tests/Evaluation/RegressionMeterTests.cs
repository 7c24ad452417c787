using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Evaluation;

public sealed class RegressionMeterTests
{
    [Theory]
    [InlineData(12)]
    [InlineData(5)]
    [InlineData(1)]
    public void Errors_are_those_of_the_formulas_however_the_images_are_batched(int batch)
    {
        using var meter = new RegressionMeter();
        for (var first = 0; first < 12; first += batch)
        {
            Add(meter, Math.Min(batch, 12 - first), (i, k) => (((((first + i) * 7) + (k * 3)) % 11) - 5) / 4f, (i, k) => k < 2 ? (((((first + i) * 5) + (k * 2)) % 13) - 6) / 3f : 2.5f, 3);
        }

        var report = meter.Report();
        Assert.Equal(12, report.Images);
        Near([2.2818287037037037, 1.6446759259259258, 6.723958333333333], report.Columns.Select(static c => c.Mse));
        Near([1.2569444444444444, 1.0416666666666665, 2.4791666666666665], report.Columns.Select(static c => c.Mae));
        Near([-0.38707786116322707, -0.0786943319838056, double.NaN], report.Columns.Select(static c => c.R2));
        Near([3.5501543209876543, Math.Sqrt(3.5501543209876543), 1.5925925925925926, -0.23288609657351634], [report.Overall.Mse, report.Overall.Rmse, report.Overall.Mae, report.Overall.R2]);
    }

    [Fact]
    public void Perfect_estimates_explain_everything_and_the_mean_explains_nothing()
    {
        using var meter = new RegressionMeter();
        Add(meter, 4, static (i, k) => k == 0 ? i : 1.5f, static (i, _) => i, 2);
        var report = meter.Report();
        Assert.Equal([new(0, 0, 1), new RegressionScore(1.25, 1, 0)], report.Columns);
    }

    [Fact]
    public void Targets_far_from_zero_keep_their_digits()
    {
        using var meter = new RegressionMeter();
        for (var batch = 0; batch < 50; batch++)
        {
            Add(meter, 2, static (i, _) => 8_000_000 + i, static (i, _) => 8_000_000 + (2 * i), 1);
        }

        Assert.Equal(0.5, meter.Report().Columns[0].R2, 1e-9);
    }

    [Fact]
    public void Shapes_that_differ_are_refused()
    {
        using var meter = new RegressionMeter();
        using var scope = NewDisposeScope();
        var refusal = Assert.Throws<ToolchainException>(() => meter.Add(zeros(3, 1), zeros(3)));
        Assert.Equal((ErrorKind.BadInput, "Estimates are [3, 1] and their targets [3]; both must be [N, values]."), (refusal.Kind, refusal.Message));
        Assert.Throws<InvalidOperationException>(() => meter.Report());
    }

    [Fact]
    public void The_manifests_entry_leaves_out_what_is_undefined()
    {
        using var meter = new RegressionMeter();
        Add(meter, 2, static (_, _) => 1, static (_, _) => 3, 1);
        var metrics = meter.Report().ToMetrics();
        Assert.Equal((2, null, 4), (metrics.Images, metrics.Accuracy, metrics.Loss));
        Assert.Equal([new(MetricNames.Mae, 2), new(MetricNames.Mse, 4), new(MetricNames.Rmse, 2)], metrics.Values!);
    }

    private static void Add(RegressionMeter meter, int count, Func<int, int, float> estimate, Func<int, int, float> truth, int columns)
    {
        using var scope = NewDisposeScope();
        meter.Add(Values(estimate), Values(truth));

        Tensor Values(Func<int, int, float> value) =>
            TensorData.Of<float>([.. Enumerable.Range(0, count * columns).Select(i => value(i / columns, i % columns))], count, columns).ToTensor();
    }

    private static void Near(double[] expected, IEnumerable<double> actual)
    {
        foreach (var (e, a) in expected.Zip(actual, static (e, a) => (e, a)))
        {
            Assert.Equal(e, a, 1e-6);
        }
    }
}
