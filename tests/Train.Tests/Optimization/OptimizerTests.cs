using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Optimization;

/// <summary>
/// The optimisers on Σ(a·p² + sin p), whose gradient is 2a·p + cos p: against scalar formulas in double, and against numbers from PyTorch
/// 1.13.1, which <c>torch.optim</c> gave for the same function, five steps and a rate of 0.1.
/// </summary>
public sealed class OptimizerTests
{
    private const int Steps = 5;
    private const double Rate = 0.1;
    private static readonly double[] Start = [0.5, -1.5, 2];
    private static readonly double[] Curvature = [1, 0.5, 2];

    [Theory]
    [InlineData(0, 0, false, new[] { -0.16372150182724, -1.0161265134811401, -0.028944076970219612 })]
    [InlineData(0.9, 0.01, false, new[] { -1.0125523805618286, -0.3298257887363434, -1.6524956226348877 })]
    [InlineData(0.9, 0.01, true, new[] { -0.8147560954093933, -0.4180714786052704, -0.5311600565910339 })]
    public void Gradient_descent_follows_its_formula_and_PyTorch(double momentum, double decay, bool nesterov, double[] fromPyTorch)
    {
        var velocity = new double[Start.Length];
        var first = true;
        var expected = Reference((i, p, gradient) =>
        {
            gradient += decay * p;
            velocity[i] = first ? gradient : (momentum * velocity[i]) + gradient;
            return p - (Rate * (nesterov ? gradient + (momentum * velocity[i]) : momentum > 0 ? velocity[i] : gradient));
        }, () => first = false);
        var actual = Run(parameters => new Sgd(parameters, momentum, decay, nesterov));
        Near(expected, actual);
        Near(fromPyTorch, actual);
    }

    [Theory]
    [InlineData(0.01, new[] { 0.006657294929027557, -1.013509750366211, 1.5022332668304443 })]
    [InlineData(0, null)]
    public void Adam_follows_its_formula_and_PyTorch(double decay, double[]? fromPyTorch)
    {
        var (mean, square, step) = (new double[Start.Length], new double[Start.Length], 1);
        var expected = Reference((i, p, gradient) =>
        {
            gradient += decay * p;
            mean[i] = (0.9 * mean[i]) + (0.1 * gradient);
            square[i] = (0.999 * square[i]) + (0.001 * gradient * gradient);
            var (m, v) = (mean[i] / (1 - Math.Pow(0.9, step)), square[i] / (1 - Math.Pow(0.999, step)));
            return p - (Rate * m / (Math.Sqrt(v) + 1e-8));
        }, () => step++);
        var actual = Run(parameters => new Adam(parameters, weightDecay: decay));
        Near(expected, actual);
        Near(fromPyTorch ?? expected, actual);
    }

    [Fact]
    public void A_schedule_may_move_the_momentum_at_every_step()
    {
        double[] momenta = [0.95, 0.9, 0.85, 0.9, 0.95];
        var (velocity, step) = (new double[Start.Length], 0);
        var expected = Reference((i, p, gradient) =>
        {
            velocity[i] = step == 0 ? gradient : (momenta[step] * velocity[i]) + gradient;
            return p - (Rate * velocity[i]);
        }, () => step++);
        Near(expected, Run(static parameters => new Sgd(parameters, 0.1), step => momenta[step]));

        var (mean, square) = (new double[Start.Length], new double[Start.Length]);
        step = 0;
        expected = Reference((i, p, gradient) =>
        {
            mean[i] = (momenta[step] * mean[i]) + ((1 - momenta[step]) * gradient);
            square[i] = (0.999 * square[i]) + (0.001 * gradient * gradient);
            var (m, v) = (mean[i] / (1 - Math.Pow(momenta[step], step + 1)), square[i] / (1 - Math.Pow(0.999, step + 1)));
            return p - (Rate * m / (Math.Sqrt(v) + 1e-8));
        }, () => step++);
        Near(expected, Run(static parameters => new Adam(parameters), step => momenta[step]));
    }

    [Fact]
    public void Parameters_without_a_gradient_stay_and_gradients_are_dropped()
    {
        using var used = ones(2).requires_grad_();
        using var idle = ones(2).requires_grad_();
        using var optimizer = new Adam(new Dictionary<string, Tensor> { ["used"] = used, ["idle"] = idle });
        using var scope = NewDisposeScope();
        used.sum().backward();
        optimizer.Step(0.5);
        Assert.Null(used.grad);
        Assert.Equal([1f, 1f], idle.ToTensorData().Values<float>().ToArray());
        Assert.Equal(["mean.used", "square.used"], optimizer.State.Keys);
        Assert.Equal(1, optimizer.Steps);
        optimizer.Step(0.5);
        Assert.Equal([0.5f, 0.5f], used.ToTensorData().Values<float>().ToArray().Select(static v => MathF.Round(v, 5)));
    }

    [Fact]
    public void Disposing_frees_the_state()
    {
        using var parameter = ones(2).requires_grad_();
        var before = Tensor.TotalCount;
        using (var optimizer = new Sgd(new Dictionary<string, Tensor> { ["p"] = parameter }))
        {
            using var scope = NewDisposeScope();
            parameter.sum().backward();
            optimizer.Step(0.5);
            Assert.Equal(["momentum.p"], optimizer.State.Keys);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static double[] Reference(Func<int, double, double, double> update, Action stepEnded)
    {
        var p = (double[])Start.Clone();
        for (var step = 0; step < Steps; step++)
        {
            for (var i = 0; i < p.Length; i++)
            {
                p[i] = update(i, p[i], (2 * Curvature[i] * p[i]) + Math.Cos(p[i]));
            }

            stepEnded();
        }

        return p;
    }

    private static double[] Run(Func<IReadOnlyDictionary<string, Tensor>, Optimizer> create, Func<int, double?>? momentum = null)
    {
        using var scope = NewDisposeScope();
        var p = tensor([.. Start.Select(static v => (float)v)]).requires_grad_();
        var a = tensor([.. Curvature.Select(static v => (float)v)]);
        using var optimizer = create(new Dictionary<string, Tensor> { ["p"] = p });
        for (var step = 0; step < Steps; step++)
        {
            p.mul(p).mul(a).add(p.sin()).sum().backward();
            optimizer.Step(Rate, momentum?.Invoke(step));
        }

        return [.. p.ToTensorData().Values<float>().ToArray().Select(static v => (double)v)];
    }

    private static void Near(double[] expected, double[] actual) =>
        Tolerance.Holds(Tolerance.Float32, expected.Select(static v => (float)v).ToArray(), actual.Select(static v => (float)v).ToArray());
}
