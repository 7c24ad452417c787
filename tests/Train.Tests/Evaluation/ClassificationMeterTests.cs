using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Evaluation;

/// <summary>Reports on 30 images of four classes, of which the last is predicted and never true, against the formulas in double precision.</summary>
public sealed class ClassificationMeterTests
{
    private const int Images = 30;

    [Theory]
    [InlineData(30)]
    [InlineData(7)]
    [InlineData(1)]
    public void A_report_is_what_the_formulas_give_however_the_images_are_batched(int batch)
    {
        var report = Measure(batch, [1, 2, 3], confusion: true);
        Assert.Equal(Images, report.Images);
        Near(2.564588178304888, report.Loss);
        Near(4 / 30.0, report.Accuracy);
        Assert.Equal([new(1, 4 / 30.0), new(2, 10 / 30.0), new TopAccuracy(3, 18 / 30.0)], report.TopK);
        Assert.Equal([2, 1, 1, 6, 3, 1, 2, 4, 2, 3, 1, 4, 0, 0, 0, 0], report.Confusion!.Counts);
        Assert.Equal([new(0, 10, 7, 2), new(1, 10, 5, 1), new(2, 10, 4, 1), new ClassScore(3, 0, 14, 0)], report.Classes);
        Near(0.18392857142857144, report.MacroPrecision);
        Near(0.1, report.MacroRecall);
        Near(0.12787114845938377, report.MacroF1);
    }

    [Fact]
    public void Calibration_is_what_the_formulas_give()
    {
        var calibration = Measure(8).Calibration;
        Near(0.4946828265119975, calibration.ExpectedError);
        Near(0.7556582023848553, calibration.MaximumError);
        Near(1.1522757133461903, calibration.Brier);
        Assert.Equal([0, 0, 0, 0, 0, 0, 5, 3, 4, 7, 3, 2, 6, 0, 0], calibration.Bins.Select(static b => b.Images));
        var bin = calibration.Bins[9];
        Assert.Equal((9 / 15.0, 10 / 15.0), (bin.From, bin.To));
        Near(0.6242911257586018, bin.Confidence);
        Near(1 / 7.0, bin.Accuracy);
    }

    [Fact]
    public void Certainty_is_in_the_last_bin_and_perfect_calibration_has_no_error()
    {
        using var meter = new ClassificationMeter();
        Add(meter, [0, float.NegativeInfinity, float.NegativeInfinity, 0], [0, 1]);
        var report = meter.Report();
        Assert.Equal((0, 0, 0), (report.Loss, report.Calibration.ExpectedError, report.Calibration.Brier));
        Assert.Equal(2, report.Calibration.Bins[^1].Images);
    }

    [Fact]
    public void Predictions_that_are_no_numbers_are_mistakes_without_a_loss()
    {
        using var meter = new ClassificationMeter();
        Add(meter, [float.NaN, float.NaN, MathF.Log(0.5f), MathF.Log(0.5f)], [1, 0]);
        var report = meter.Report();
        Assert.Equal(0.5, report.Accuracy);
        Assert.True(double.IsNaN(report.Loss) && double.IsNaN(report.Calibration.ExpectedError) && double.IsNaN(report.Calibration.MaximumError));
        var metrics = report.ToMetrics();
        Assert.Equal((2, 0.5, null), (metrics.Images, metrics.Accuracy, metrics.Loss));
        Assert.Equal([MetricNames.MacroF1], metrics.Values!.Keys);
    }

    [Fact]
    public void A_class_that_does_not_occur_has_no_say_in_the_means()
    {
        using var meter = new ClassificationMeter();
        Add(meter, [0, -9, -9, -9, 0, -9], [0, 1]);
        var report = meter.Report();
        Assert.False(report.Classes[2].Occurs);
        Assert.Equal((1, 1, 1), (report.MacroPrecision, report.MacroRecall, report.MacroF1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_top_k_that_the_classes_do_not_have_is_refused(int k) =>
        Assert.Equal($"There is no top-{k} of 4 classes.", Assert.Throws<ToolchainException>(() => Measure(30, [k])).Message);

    [Fact]
    public void Memory_does_not_grow_with_the_images_and_is_freed()
    {
        var before = Live();
        using (var meter = new ClassificationMeter([2], confusion: true))
        {
            Add(meter, Logs()[..8], [0, 1]);
            var first = Live();
            for (var batch = 0; batch < 20; batch++)
            {
                Add(meter, Logs()[..8], [0, 1]);
            }

            Assert.Equal(first, Live());
        }

        Assert.Equal(before, Live());
        Assert.Throws<InvalidOperationException>(() => new ClassificationMeter().Report());

        static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
    }

    private static ClassificationReport Measure(int batch, EquatableArray<int> topK = default, bool confusion = false)
    {
        using var meter = new ClassificationMeter(topK, confusion);
        var (logs, labels) = (Logs(), Enumerable.Range(0, Images).Select(static i => (long)(((i * 7) + (i / 3)) % 3)).ToArray());
        for (var first = 0; first < Images; first += batch)
        {
            var end = Math.Min(first + batch, Images);
            Add(meter, logs[(first * 4)..(end * 4)], labels[first..end]);
        }

        return meter.Report();
    }

    private static float[] Logs()
    {
        using var scope = NewDisposeScope();
        float[] logits = [.. Enumerable.Range(0, Images * 4).Select(static n => (n / 4, n % 4)).Select(static p => (((((p.Item1 * 7) + (p.Item2 * 13) + (p.Item1 * p.Item1 * p.Item2)) % 41) - 20) / 8f))];
        return TensorData.Of<float>(logits, Images, 4).ToTensor().log_softmax(1).ToTensorData().Values<float>().ToArray();
    }

    private static void Add(ClassificationMeter meter, float[] logs, long[] labels)
    {
        using var scope = NewDisposeScope();
        meter.Add(TensorData.Of<float>(logs, labels.Length, logs.Length / labels.Length).ToTensor(), TensorData.Of<long>(labels).ToTensor());
    }

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, 1e-6);
}
