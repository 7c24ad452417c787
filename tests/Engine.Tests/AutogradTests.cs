using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Engine.Tests;

public sealed class AutogradTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Generator random = new(7);

    public void Dispose()
    {
        scope.Dispose();
        random.Dispose();
    }

    [Fact]
    public void Convolution_gradients_match_finite_differences() =>
        GradientsMatch(inputs => F.conv2d(inputs[0], inputs[1], inputs[2], [2, 2], [1, 1], [1, 1], 2), Random(2, 4, 5, 5), Random(6, 2, 3, 3), Random(6));

    [Fact]
    public void Transposed_convolution_gradients_match_finite_differences() =>
        GradientsMatch(inputs => F.conv_transpose2d(inputs[0], inputs[1], inputs[2], [2, 2], [1, 1], [1, 1]), Random(1, 3, 4, 4), Random(3, 2, 3, 3), Random(2));

    [Fact]
    public void Linear_gradients_match_finite_differences() =>
        GradientsMatch(inputs => F.linear(inputs[0], inputs[1], inputs[2]), Random(3, 4), Random(5, 4), Random(5));

    [Fact]
    public void Batch_norm_gradients_match_finite_differences_in_training() =>
        GradientsMatch(inputs => F.batch_norm(inputs[0], null, null, inputs[1], inputs[2], true), Random(3, 2, 4, 4), Random(2), Random(2));

    [Fact]
    public void Batch_norm_gradients_match_finite_differences_in_evaluation()
    {
        var mean = Random(2).detach();
        var variance = Random(2).detach().abs().add(0.5);
        GradientsMatch(inputs => F.batch_norm(inputs[0], mean, variance, inputs[1], inputs[2]), Random(3, 2, 4, 4), Random(2), Random(2));
    }

    [Fact]
    public void Cross_entropy_gradients_match_finite_differences()
    {
        var labels = tensor(new long[] { 0, 2, 1 });
        GradientsMatch(inputs => F.cross_entropy(inputs[0], labels, null, -100, nn.Reduction.Mean, 0.1), Random(3, 4));
    }

    [Fact]
    public void Pooling_and_activation_gradients_match_finite_differences()
    {
        GradientsMatch(inputs => F.avg_pool2d(F.gelu(inputs[0]), 2), Random(1, 2, 4, 4));
        GradientsMatch(inputs => F.max_pool2d(F.silu(inputs[0]), 3, 2, 1), Random(1, 2, 5, 5));
        GradientsMatch(inputs => F.adaptive_avg_pool2d(F.layer_norm(inputs[0], [4]), 2), Random(1, 2, 4, 4));
    }

    [Fact]
    public void Batch_norm_moves_its_running_statistics_by_the_momentum()
    {
        var x = tensor(new float[,,,] { { { { 1, 3 } } }, { { { 5, 7 } } } });
        var mean = zeros(1);
        var variance = ones(1);
        var y = F.batch_norm(x, mean, variance, null, null, true, 0.1, 0);
        // Mean 4, biased variance 5 (used to normalise), unbiased 20/3 (used to update).
        Approximately.Equal([-3 / Math.Sqrt(5), -1 / Math.Sqrt(5), 1 / Math.Sqrt(5), 3 / Math.Sqrt(5)], y);
        Approximately.Equal([0.4], mean);
        Approximately.Equal([0.9 + 0.1 * 20 / 3], variance);
        var before = mean.clone();
        Approximately.Equal([(1 - 0.4) / Math.Sqrt(0.9 + 2 / 3.0)], F.batch_norm(x, mean, variance, null, null, false, 0.1, 0).flatten()[..1]);
        Assert.True(before.Equals(mean));
    }

    [Fact]
    public void Gradients_accumulate_until_they_are_set()
    {
        var x = tensor(new[] { 2f }).requires_grad_();
        Assert.Null(x.grad);
        x.pow(2).sum().backward();
        x.pow(2).sum().backward();
        Approximately.Equal([8], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
        x.grad = ones(1);
        Approximately.Equal([1], x.grad!);
    }

    [Fact]
    public void Second_derivatives_come_from_a_kept_graph()
    {
        var x = tensor(new[] { 3f }).requires_grad_();
        var first = autograd.grad([x.pow(3)], [x], null, true, true)[0];
        Approximately.Equal([27], first);
        Approximately.Equal([18], autograd.grad([first], [x])[0]);
    }

    [Fact]
    public void Backward_takes_gradients_of_outputs_and_chosen_inputs()
    {
        var x = ones(2).requires_grad_();
        var w = ones(2).requires_grad_();
        autograd.backward([x * w], [tensor(new[] { 2f, 3f })], null, false, [w]);
        Approximately.Equal([2, 3], w.grad!);
        Assert.Null(x.grad);
    }

    [Fact]
    public void Modes_say_whether_gradients_are_recorded()
    {
        var x = ones(1).requires_grad_();
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False(x.mul(2).requires_grad);
            using (enable_grad())
                Assert.True(x.mul(2).requires_grad);
        }
        using (inference_mode())
            Assert.True(is_inference_mode_enabled());
        Assert.False(is_inference_mode_enabled());
        Assert.True(x.mul(2).requires_grad);
        Assert.False(x.mul(2).is_leaf);
        Assert.False(x.mul(2).detach().requires_grad);
    }

    [Fact]
    public void Clipping_scales_all_gradients_to_the_joint_norm()
    {
        var a = nn.Parameter(zeros(1));
        var b = nn.Parameter(zeros(1));
        (a * 3 + b * 4).sum().backward();
        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b], 1), 1e-5);
        Approximately.Equal([0.6], a.grad!);
        Approximately.Equal([0.8], b.grad!);
    }

    private Tensor Random(params long[] shape) => randn(shape, ScalarType.Float64, null, false, random).requires_grad_();

    /// <summary>Compares the gradients of a weighted sum of the outputs with central differences, in Float64.</summary>
    private void GradientsMatch(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        const double Step = 1e-6;
        var output = function(inputs);
        var weights = randn(output.shape, ScalarType.Float64, null, false, random);
        var gradients = autograd.grad([(output * weights).sum()], inputs);
        using var _ = no_grad();
        for (var which = 0; which < inputs.Length; which++)
        {
            var values = inputs[which].data<double>();
            var expected = gradients[which].data<double>().ToArray();
            for (var i = 0; i < expected.Length; i += Math.Max(1, expected.Length / 20))
            {
                var original = values[i];
                values[i] = original + Step;
                var above = (function(inputs) * weights).sum().ToDouble();
                values[i] = original - Step;
                var below = (function(inputs) * weights).sum().ToDouble();
                values[i] = original;
                Assert.Equal((above - below) / (2 * Step), expected[i], 1e-5);
            }
        }
    }
}
