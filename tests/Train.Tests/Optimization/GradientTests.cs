using Toolchain.Train.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Optimization;

/// <summary>What happens to gradients between backward and the step: penalties, clipping, loss scaling.</summary>
public sealed class GradientTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _p;
    private readonly Tensor _q;
    private readonly IReadOnlyList<ParameterGroup> _groups;

    public GradientTests()
    {
        (_p, _q) = (tensor([3f, -4f]).requires_grad_(), tensor([12f]).requires_grad_());
        _groups =
        [
            new("p", new Dictionary<string, Tensor> { ["p"] = _p }),
            new("q", new Dictionary<string, Tensor> { ["q"] = _q, ["idle"] = ones(1).requires_grad_() }),
        ];
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.5, 0, 0.5 * 19, new[] { 0.5f, -0.5f }, 0.5f)]
    [InlineData(0, 0.1, 0.1 * 169, new[] { 0.6f, -0.8f }, 2.4f)]
    [InlineData(0.5, 0.1, (0.5 * 19) + (0.1 * 169), new[] { 1.1f, -1.3f }, 2.9f)]
    public void A_penalty_and_its_gradient_follow_their_formula(double l1, double l2, double value, float[] p, float q)
    {
        var penalty = new Penalty(l1, l2).Of([_p, ones(7), _q])!;
        Assert.Equal(value, penalty.item<float>(), 1e-5);
        penalty.backward();
        Near(p, _p.grad!);
        Near([q], _q.grad!);
    }

    [Fact]
    public void No_penalty_is_nothing_to_add()
    {
        Assert.Null(default(Penalty).Of([_p]));
        Assert.Null(new Penalty(1, 1).Of([ones(3)]));
    }

    [Fact]
    public void A_squared_penalty_is_twice_the_weight_decay_of_gradient_descent()
    {
        var (explicitly, decayed) = (tensor([0.5f, -1.5f, 2f]).requires_grad_(), tensor([0.5f, -1.5f, 2f]).requires_grad_());
        using var plain = new Sgd(ParameterGroups.Single(new Dictionary<string, Tensor> { ["p"] = explicitly }), 0.9);
        using var decay = new Sgd(ParameterGroups.Single(new Dictionary<string, Tensor> { ["p"] = decayed }, weightDecay: 0.06), 0.9);
        for (var step = 0; step < 5; step++)
        {
            explicitly.sin().sum().add(new Penalty(0, 0.03).Of([explicitly])!).backward();
            plain.Step(new(0.1));
            decayed.sin().sum().backward();
            decay.Step(new(0.1));
        }

        Near(decayed.data<float>().ToArray(), explicitly);
    }

    [Fact]
    public void A_norm_above_the_limit_scales_all_gradients_as_in_PyTorch()
    {
        Backward();
        var norm = new NormClipping(6.5).Apply(_groups)!;
        Assert.Equal(13, norm.item<float>(), 1e-5);
        Near([1.499999880791f, -1.999999880791f], _p.grad!);
        Near([5.999999523163f], _q.grad!);
    }

    [Fact]
    public void A_norm_below_the_limit_changes_nothing()
    {
        Backward();
        Assert.Equal(13, new NormClipping(13.1).Apply(_groups)!.item<float>(), 1e-5);
        Assert.Equal([3f, -4f], _p.grad!.data<float>().ToArray());
        _p.grad = _q.grad = null;
        Assert.Null(new NormClipping(1).Apply(_groups));
    }

    [Fact]
    public void A_norm_that_is_not_a_number_stays_visible()
    {
        Backward(float.NaN);
        Assert.True(float.IsNaN(new NormClipping(1).Apply(_groups)!.item<float>()));
        Assert.True(float.IsNaN(_q.grad!.item<float>()));
    }

    [Fact]
    public void Values_are_limited_one_by_one()
    {
        Backward();
        Assert.Null(new ValueClipping(3.5).Apply(_groups));
        Near([3, -3.5f], _p.grad!);
        Near([3.5f], _q.grad!);
    }

    [Fact]
    public void Scaled_losses_give_the_same_gradients()
    {
        var scaler = new LossScaler();
        scaler.Scaled(_p.mul(_p).sum()).backward();
        Near([6 * 65536f, -8 * 65536f], _p.grad!);
        Assert.True(scaler.Unscale(_groups));
        Near([6, -8], _p.grad!);
        Assert.Equal(new LossScale(65536, 1), scaler.State);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_gradient_that_overflows_costs_its_step_and_halves_the_scale(float overflow)
    {
        var scaler = new LossScaler { State = new(1024, 7) };
        Backward(overflow);
        Assert.False(scaler.Unscale(_groups));
        Assert.Null(_p.grad);
        Assert.Null(_q.grad);
        Assert.Equal(new LossScale(512), scaler.State);
    }

    [Fact]
    public void The_scale_doubles_after_two_thousand_good_steps()
    {
        var scaler = new LossScaler { State = new(1024, 1998) };
        Assert.True(scaler.Unscale(_groups));
        Assert.Equal(new LossScale(1024, 1999), scaler.State);
        Assert.True(scaler.Unscale(_groups));
        Assert.Equal(new LossScale(2048), scaler.State);
    }

    [Fact]
    public void Nothing_of_it_leaves_a_tensor_behind()
    {
        Backward();
        var before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            new NormClipping(1).Apply(_groups);
            new ValueClipping(1).Apply(_groups);
            new LossScaler().Unscale(_groups);
            new Penalty(1, 1).Of([_p, _q]);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private void Backward(float q = 12) => _p.mul(tensor([3f, -4f])).sum().add(_q.mul(tensor([q])).sum()).backward();

    private static void Near(float[] expected, Tensor actual) => Support.Tolerance.Holds(Support.Tolerance.Float32, expected, actual.detach().data<float>().ToArray());
}
