using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Engine.Tests;

public sealed class LayerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Tensor image = arange(16, dtype: ScalarType.Float32).view(1, 1, 4, 4);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Convolution_sums_the_window()
    {
        Approximately.Equal([45, 54, 81, 90], F.conv2d(image, ones(1, 1, 3, 3)));
        Assert.Equal([1, 1, 2, 2], F.conv2d(image, ones(1, 1, 3, 3), null, [2, 2], [1, 1]).shape);
        Assert.Equal([1, 1, 4, 4], F.conv2d_padding(image, ones(1, 1, 3, 3), null, null, TorchSharp.Padding.Same).shape);
        Approximately.Equal([45.5, 54.5, 81.5, 90.5], F.conv2d(image, ones(1, 1, 3, 3), tensor(new[] { 0.5f })));
    }

    [Fact]
    public void Pooling_takes_the_window()
    {
        Approximately.Equal([5, 7, 13, 15], F.max_pool2d(image, 2));
        Approximately.Equal([5, 7, 13, 15], F.max_pool2d(image, [2, 2]));
        Approximately.Equal([2.5, 4.5, 10.5, 12.5], F.avg_pool2d(image, 2));
        Approximately.Equal([2.5, 4.5, 10.5, 12.5], F.adaptive_avg_pool2d(image, (2, 2)));
        Assert.Equal([1, 1, 2, 2], F.max_pool2d(image, 3, 2, 1).shape);
        var (_, places) = F.max_pool2d_with_indices(image, [2, 2]);
        Approximately.Equal([5, 7, 13, 15], places);
    }

    [Fact]
    public void Padding_has_its_modes()
    {
        var row = tensor(new float[,,] { { { 1, 2, 3 } } });
        Approximately.Equal([0, 1, 2, 3, 0, 0], F.pad(row, (1, 2)));
        Approximately.Equal([9, 1, 2, 3], F.pad(row, [1, 0], PaddingModes.Constant, 9));
        Approximately.Equal([2, 1, 2, 3, 2], F.pad(row, [1, 1], PaddingModes.Reflect));
        Approximately.Equal([1, 1, 2, 3, 3], F.pad(row, [1, 1], PaddingModes.Replicate));
        Approximately.Equal([3, 1, 2, 3, 1], F.pad(row, [1, 1], PaddingModes.Circular));
        Assert.Equal([1, 1, 6, 8], F.pad(image, (2, 2, 1, 1)).shape);
    }

    [Fact]
    public void Interpolation_resizes_by_size_or_factor()
    {
        Approximately.Equal([0, 2, 8, 10], F.interpolate(image, [2, 2]));
        Assert.Equal([1, 1, 8, 8], F.interpolate(image, null, [2.0, 2.0]).shape);
        Approximately.Equal([2.5, 4.5, 10.5, 12.5], F.interpolate(image, [2, 2], null, InterpolationMode.Bilinear));
        Approximately.Equal([0, 3, 12, 15], F.interpolate(image, [2, 2], null, InterpolationMode.Bilinear, true));
        Assert.Throws<NotSupportedException>(() => F.interpolate(zeros(1, 2, 3), [2]));
        Assert.Equal([1, 1, 4, 4], F.pixel_shuffle(zeros(1, 4, 2, 2), 2).shape);
    }

    [Fact]
    public void Losses_agree_with_the_hand()
    {
        var logits = tensor(new float[,] { { 1, 2 }, { 3, 1 } });
        var labels = tensor(new long[] { 1, 0 });
        var expected = (Math.Log(1 + Math.Exp(-1)) + Math.Log(1 + Math.Exp(-2))) / 2;
        Assert.Equal(expected, F.cross_entropy(logits, labels).ToDouble(), 1e-6);
        Assert.Equal(expected, F.nll_loss(F.log_softmax(logits, 1), labels).ToDouble(), 1e-6);
        Assert.Equal([2], F.cross_entropy(logits, labels, null, -100, nn.Reduction.None).shape);
        Assert.Equal(expected * 2, F.cross_entropy(logits, labels, null, -100, nn.Reduction.Sum).ToDouble(), 1e-6);
        Assert.Equal(Math.Log(1 + Math.Exp(-1)), F.cross_entropy(logits, tensor(new long[] { 1, -100 })).ToDouble(), 1e-6);
        Assert.Equal(2.5, F.mse_loss(tensor(new[] { 1f, 2f }), tensor(new[] { 2f, 4f })).ToDouble());
        Assert.Equal(1.5, F.l1_loss(tensor(new[] { 1f, 2f }), tensor(new[] { 2f, 4f })).ToDouble());
        Assert.Equal(1, F.smooth_l1_loss(tensor(new[] { 1f, 2f }), tensor(new[] { 2f, 4f })).ToDouble());
        Assert.Equal(Math.Log(2), F.binary_cross_entropy_with_logits(zeros(3), ones(3)).ToDouble(), 1e-6);
    }

    [Fact]
    public void Dropout_keeps_the_mean_in_training_and_everything_otherwise()
    {
        manual_seed(1);
        var x = ones(10000);
        var dropped = F.dropout(x, 0.25);
        Assert.Equal(1, dropped.mean().ToDouble(), 0.05);
        Assert.InRange(dropped.eq(0).sum().ToInt64(), 2200, 2800);
        Assert.True(x.Equals(F.dropout(x, 0.25, false)));
    }

    [Fact]
    public void Labels_become_one_hot_rows() =>
        Approximately.Equal([0, 1, 0, 0, 0, 1], F.one_hot(tensor(new long[] { 1, 2 }), 3));

    [Fact]
    public void Normalisations_give_mean_zero_and_variance_one()
    {
        var x = randn([2, 4, 3, 3], ScalarType.Float64).mul(3).add(5);
        foreach (var y in new[] { F.group_norm(x, 2).view(2, 2, -1), F.instance_norm(x).view(2, 4, -1), F.layer_norm(x, [4, 3, 3]).view(2, -1) })
        {
            Assert.True(y.mean([-1]).abs().max().ToDouble() < 1e-6);
            Assert.Equal(1, y.var(-1, false).mean().ToDouble(), 1e-3);
        }
        Approximately.Equal([0.6, 0.8], F.normalize(tensor(new float[,] { { 3, 4 } })));
    }
}
