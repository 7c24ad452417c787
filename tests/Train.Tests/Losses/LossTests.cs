using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Losses;

/// <summary>Losses against PyTorch's numbers and against each other.</summary>
public sealed class LossTests
{
    public static TheoryData<string> Names => [.. LossCases.All.Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loss_and_its_gradient_are_those_of_the_reference(string name)
    {
        var expected = LossCases.All.Single(c => c.Name == name);
        using var loss = expected.Create();
        var (value, gradient) = Run(loss, expected.Output, expected.Target);
        Tolerance.Holds(Tolerance.Operator, [(float)expected.Value], [(float)value]);
        Tolerance.Holds(Tolerance.Float32, [.. expected.Gradient.Select(static g => (float)g)], gradient, "gradient");
    }

    [Fact]
    public void Every_loss_of_the_catalog_has_a_reference_and_the_tasks_that_the_catalog_says()
    {
        foreach (var kind in LossCatalog.Kinds)
        {
            using var loss = kind.Create(new());
            Assert.Equal(kind.Name, loss.Name);
            Assert.Equal(kind.Tasks, loss.Tasks);
            Assert.Contains(LossCases.All, c => Named(c) == kind.Name);
        }

        static string Named(LossCase reference)
        {
            using var loss = reference.Create();
            return loss.Name;
        }
    }

    [Fact]
    public void Log_softmax_and_nll_are_the_cross_entropy()
    {
        foreach (var (target, weights) in new (TensorData, EquatableArray<float>)[] { (LossCases.Classes, []), (LossCases.Classes, [0.5f, 1, 2, 0.25f]), (LossCases.Soft, []), (LossCases.Soft, [0.5f, 1, 2, 0.25f]) })
        {
            using Loss direct = new CrossEntropyLoss(0, weights), onLogarithms = new NllLoss(weights);
            Same(Run(direct, LossCases.Logits, target), Run(onLogarithms, LossCases.Logits, target, static x => x.log_softmax(1)));
        }
    }

    [Fact]
    public void The_cross_entropy_of_log_probabilities_is_their_nll()
    {
        using Loss cross = new CrossEntropyLoss(), nll = new NllLoss();
        Same(Run(cross, LossCases.Logits, LossCases.Classes, static x => x.log_softmax(1)), Run(nll, LossCases.Logits, LossCases.Classes, static x => x.log_softmax(1)));
    }

    [Fact]
    public void Class_numbers_are_soft_targets_that_are_sure()
    {
        var sure = TensorData.Of<float>([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1], 3, 4);
        foreach (var create in new Func<Loss>[] { static () => new CrossEntropyLoss(0.1), static () => new NllLoss(), static () => new BceLoss(), static () => new FocalLoss(1.5) })
        {
            using var loss = create();
            Same(Run(loss, LossCases.Logits, LossCases.Classes), Run(loss, LossCases.Logits, sure));
        }
    }

    [Fact]
    public void Label_smoothing_is_the_cross_entropy_with_smoothed_targets()
    {
        const float Most = 0.8f + 0.05f, Rest = 0.05f;
        var smoothed = TensorData.Of<float>([Rest, Rest, Most, Rest, Most, Rest, Rest, Rest, Rest, Rest, Rest, Most], 3, 4);
        using Loss smoothing = new CrossEntropyLoss(0.2), plain = new CrossEntropyLoss();
        Same(Run(smoothing, LossCases.Logits, LossCases.Classes), Run(plain, LossCases.Logits, smoothed));
    }

    [Fact]
    public void The_focal_loss_without_focus_is_the_cross_entropy()
    {
        using Loss focal = new FocalLoss(0), cross = new CrossEntropyLoss();
        Same(Run(cross, LossCases.Logits, LossCases.Classes), Run(focal, LossCases.Logits, LossCases.Classes));
        Same(Run(cross, LossCases.Pixels, LossCases.Mask), Run(focal, LossCases.Pixels, LossCases.Mask));
    }

    [Fact]
    public void The_focal_loss_of_one_logit_is_the_papers_binary_form()
    {
        using var focal = new FocalLoss();
        var (value, _) = Run(focal, TensorData.Of<float>([0.3f, -1.2f, 2], 3, 1), TensorData.Of<long>([1, 0, 0], 3));
        var expected = new[] { Sigmoid(0.3), 1 - Sigmoid(-1.2), 1 - Sigmoid(2) }.Average(static p => -Math.Pow(1 - p, 2) * Math.Log(p));
        Assert.Equal(expected, value, 1e-6);

        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_focal_loss_of_a_certain_prediction_has_a_finite_gradient(double gamma)
    {
        using var focal = new FocalLoss(gamma);
        var (value, gradient) = Run(focal, TensorData.Of<float>([200, -200, 0, 0], 1, 4), TensorData.Of<long>([0], 1));
        Assert.Equal(0, value);
        Assert.All(gradient, static g => Assert.True(float.IsFinite(g)));
    }

    [Fact]
    public void Dice_goes_from_nothing_in_common_to_a_perfect_mask()
    {
        using var dice = new DiceLoss(1e-6);
        var mask = TensorData.Of<long>([0, 0, 1, 1], 1, 2, 2);
        var right = TensorData.Of<float>([50, 50, -50, -50, -50, -50, 50, 50], 1, 2, 2, 2);
        var wrong = TensorData.Of<float>([-50, -50, 50, 50, 50, 50, -50, -50], 1, 2, 2, 2);
        Assert.Equal(0, Run(dice, right, mask).Value, 1e-6);
        Assert.Equal(1, Run(dice, wrong, mask).Value, 1e-6);
        Assert.Equal(0, Run(dice, TensorData.Of<float>([-50, -50, 50, 50], 1, 1, 2, 2), mask).Value, 1e-6);
    }

    [Fact]
    public void Ignored_pixels_change_nothing_whatever_they_were_predicted_as()
    {
        var changed = LossCases.Pixels.Values<float>().ToArray();
        (changed[3], changed[7], changed[11], changed[14], changed[18], changed[22]) = (9, -9, 3, 4, -5, 6);
        foreach (var create in new Func<Loss>[] { static () => new CrossEntropyLoss(0.1), static () => new FocalLoss(), static () => new BceLoss(), static () => new DiceLoss() })
        {
            using var loss = create();
            Same(Run(loss, LossCases.Pixels, LossCases.Mask), Run(loss, TensorData.Of<float>(changed, 2, 3, 2, 2), LossCases.Mask));
        }
    }

    [Fact]
    public void Class_255_of_a_classification_counts()
    {
        using var loss = new CrossEntropyLoss();
        Assert.Equal(Math.Log(300), Run(loss, TensorData.Of<float>(new float[300], 1, 300), TensorData.Of<long>([255], 1)).Value, 1e-5);
    }

    [Theory]
    [InlineData("mse")]
    [InlineData("l1")]
    [InlineData("smooth-l1")]
    [InlineData("bce")]
    [InlineData("cross-entropy")]
    public void Targets_of_another_shape_are_refused_rather_than_broadcast(string name)
    {
        using var loss = LossCatalog.Get(name).Create(new());
        var refusal = Assert.Throws<ToolchainException>(() => Run(loss, LossCases.Logits, TensorData.Of<float>([1, 2, 3], 3, 1)));
        Assert.Equal((ErrorKind.BadInput, $"Loss {name}: the network's output is [3, 4], but its targets are [3, 1]. Give both the same shape: one target for every output."), (refusal.Kind, refusal.Message));
    }

    [Fact]
    public void A_loss_of_ones_own_is_a_small_class()
    {
        using var loss = new LogCosh();
        var (value, gradient) = Run(loss, TensorData.Of<float>([1, -2], 2, 1), TensorData.Of<float>([0, 0], 2, 1));
        Assert.Equal((Math.Log(Math.Cosh(1)) + Math.Log(Math.Cosh(2))) / 2, value, 1e-6);
        Tolerance.Holds(Tolerance.Float32, [(float)(Math.Tanh(1) / 2), (float)(Math.Tanh(-2) / 2)], gradient);
    }

    [Fact]
    public void Weights_stay_on_the_device_and_are_freed()
    {
        var before = DisposeScopeManager.Statistics;
        using (var loss = new CrossEntropyLoss(0.1, [1, 2, 3, 4]))
        {
            Run(loss, LossCases.Logits, LossCases.Classes);
            Run(loss, LossCases.Logits, LossCases.Soft);
        }

        Assert.Equal(before.TensorStatistics.ThreadTotalLiveCount, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static (double Value, float[] Gradient) Run(Loss loss, TensorData output, TensorData target, Func<Tensor, Tensor>? before = null)
    {
        using var scope = NewDisposeScope();
        var input = output.ToTensor().requires_grad_();
        var value = loss.Compute(before is null ? input : before(input), target.ToTensor());
        Assert.Equal((ScalarType.Float32, 0), (value.dtype, value.ndim));
        value.backward();
        return (value.item<float>(), input.grad!.ToTensorData().Values<float>().ToArray());
    }

    private static void Same((double Value, float[] Gradient) expected, (double Value, float[] Gradient) actual)
    {
        Tolerance.Holds(Tolerance.Float32, [(float)expected.Value], [(float)actual.Value]);
        Tolerance.Holds(Tolerance.Float32, expected.Gradient, actual.Gradient, "gradient");
    }

    /// <summary>log cosh of the error: a square near zero, an absolute value far from it.</summary>
    private sealed class LogCosh : Loss
    {
        public override string Name => "log-cosh";

        public override IReadOnlyList<ModelTask> Tasks => [ModelTask.Regression];

        public override Tensor Compute(Tensor output, Tensor target)
        {
            var error = output.sub(target).abs();
            return error.add(error.mul(-2).exp().log1p()).sub(Math.Log(2)).mean();
        }
    }
}
