using System.Diagnostics;
using Toolchain.Train.Loop;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Loop;

public sealed class MeterTests
{
    [Fact]
    public void Losses_are_weighted_by_images_and_hits_counted()
    {
        using var scope = NewDisposeScope();
        using var meter = new EpochMeter(ModelTask.Classification, DeviceType.CPU, requireFinite: true);
        meter.Add(1, tensor(2f), Logits(0, 1, 1), Labels(0, 1, 2));
        meter.Add(2, tensor(6f), Logits(2), Labels(2));
        Assert.Equal(new SplitScore(4, 3, 0.75), meter.Score);
        Assert.Equal(6, meter.LastLoss);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_loss_that_is_no_number_names_its_step_or_spoils_the_mean_alone(float loss)
    {
        using var scope = NewDisposeScope();
        using (var training = new EpochMeter(ModelTask.Classification, DeviceType.CPU, requireFinite: true))
        {
            training.Add(1, tensor(1f), Logits(0), Labels(0));
            var diverged = Assert.Throws<DivergedException>(() => training.Add(2, tensor(loss), Logits(0), Labels(0)));
            Assert.Equal((2, (double)loss), (diverged.Step, diverged.Loss));
        }

        using var evaluation = new EpochMeter(ModelTask.Classification, DeviceType.CPU, requireFinite: false);
        evaluation.Add(0, tensor(loss), Logits(0, 1), Labels(0, 1));
        evaluation.Add(0, tensor(1f), Logits(0, 1), Labels(1, 1));
        Assert.Equal((4, 0.75), (evaluation.Score.Images, evaluation.Score.Accuracy));
        Assert.False(double.IsFinite(evaluation.Score.Loss));
    }

    [Fact]
    public void On_a_GPU_several_steps_are_looked_at_together()
    {
        using var scope = NewDisposeScope();
        using var meter = new EpochMeter(ModelTask.Classification, DeviceType.CUDA, requireFinite: true);
        for (var step = 1; step < 20; step++)
        {
            meter.Add(step, tensor(1f), Logits(0), Labels(0));
        }

        Assert.Equal(0, meter.Images);
        meter.Add(20, tensor(1f), Logits(0), Labels(0));
        Assert.Equal(20, meter.Images);
        meter.Add(21, tensor(1f), Logits(0), Labels(0));
        meter.Look();
        Assert.Equal(21, meter.Images);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(30)]
    public void Throughput_is_known_from_the_first_step_on(int steps)
    {
        var throughput = new Throughput(warmUpSteps: 10);
        throughput.Begin();
        for (var step = 0; step < steps; step++)
        {
            var now = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(now) == TimeSpan.Zero)
            {
                Thread.SpinWait(1);
            }

            throughput.Add(1000);
            Assert.True(throughput.ImagesPerSecond > 0, $"step {step}");
        }
    }

    private static Tensor Logits(params long[] best) => nn.functional.one_hot(tensor(best), 3).to(ScalarType.Float32);

    private static Tensor Labels(params long[] labels) => tensor(labels);
}
