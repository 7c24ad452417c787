using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using Toolchain.Train.Tests.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Evaluation;

public sealed class SegmentationMeterTests
{
    [Fact]
    public void Overlaps_are_those_counted_by_hand()
    {
        // Predicted as 2 2 1 (0) and 0 2 (1) 0; the pixels in parentheses count nowhere. Their true classes are 0 1 2 - and 1 1 - 0.
        using var meter = new SegmentationMeter();
        Add(meter, LossCases.Pixels, LossCases.Mask);
        var report = meter.Report();
        Assert.Equal((2, 6), (report.Images, report.Pixels));
        Assert.Equal([1, 0, 1, 1, 0, 2, 0, 1, 0], report.Confusion.Counts);
        Assert.Equal([new(0, 2, 2, 1), new(1, 3, 1, 0), new RegionScore(2, 1, 3, 0)], report.Classes);
        Assert.Equal(1 / 6.0, report.PixelAccuracy);
        Assert.Equal([1 / 3.0, 0, 0], report.Classes.Select(static c => c.Iou));
        Assert.Equal([1 / 2.0, 0, 0], report.Classes.Select(static c => c.Dice));
        Assert.Equal((1 / 9.0, 1 / 6.0), (report.MeanIou, report.MeanDice));
        Assert.Equal(2.031525179566001, report.Loss, 1e-6);
    }

    [Fact]
    public void Batches_add_up()
    {
        using SegmentationMeter one = new(), two = new();
        Add(one, LossCases.Pixels, LossCases.Mask);
        for (var image = 0; image < 2; image++)
        {
            Add(two, Row<float>(LossCases.Pixels, image), Row<long>(LossCases.Mask, image));
        }

        var (whole, parts) = (one.Report(), two.Report());
        Assert.Equal((whole.Images, whole.Confusion), (parts.Images, parts.Confusion));
        Assert.Equal(whole.Loss, parts.Loss, 1e-9);
    }

    [Fact]
    public void A_single_logit_is_two_classes_and_classes_that_do_not_occur_have_no_say()
    {
        using var binary = new SegmentationMeter();
        Add(binary, TensorData.Of<float>([3, -3, 3, -3], 1, 1, 2, 2), TensorData.Of<long>([1, 0, 0, 0], 1, 2, 2));
        Assert.Equal([2, 1, 0, 1], binary.Report().Confusion.Counts);

        using var absent = new SegmentationMeter();
        Add(absent, TensorData.Of<float>([9, 9, 0, 0, 0, 0], 1, 3, 1, 2), TensorData.Of<long>([0, 0], 1, 1, 2));
        Assert.True(double.IsNaN(absent.Report().Classes[2].Iou));
        Assert.Equal((1, 1), (absent.Report().MeanIou, absent.Report().MeanDice));
    }

    [Fact]
    public void The_manifests_entry_has_the_means()
    {
        using var meter = new SegmentationMeter();
        Add(meter, LossCases.Pixels, LossCases.Mask);
        var metrics = meter.Report().ToMetrics();
        Assert.Equal((2, 1 / 6.0), (metrics.Images, metrics.Accuracy));
        Assert.Equal([MetricNames.Dice, MetricNames.MeanIou], metrics.Values!.Keys);
    }

    private static void Add(SegmentationMeter meter, TensorData output, TensorData target)
    {
        using var scope = NewDisposeScope();
        meter.Add(output.ToTensor(), target.ToTensor());
    }

    private static TensorData Row<T>(TensorData batch, int row) where T : unmanaged
    {
        var size = (int)(batch.ElementCount / batch.Dimensions[0]);
        return TensorData.Of(batch.Values<T>().Slice(row * size, size), [1, .. batch.Dimensions.Skip(1)]);
    }
}
