using Toolchain.Graphs;
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
        var actual = Run(groups => new Sgd(groups, momentum, nesterov: nesterov), decay);
        Near(expected, actual);
        Near(fromPyTorch, actual);
    }

    [Theory]
    [InlineData(1, new[] { 0.31174173951148987, -1.3555736541748047, 1.239614725112915 })]
    [InlineData(5, new[] { -0.7405123114585876, -0.5641685724258423, -1.849440336227417 })]
    public void Dampened_momentum_is_that_of_PyTorch(int steps, double[] fromPyTorch) =>
        Near(fromPyTorch, Run(static groups => new Sgd(groups, 0.9, dampening: 0.5), 0.01, steps: steps));

    [Fact]
    public void Nesterov_momentum_takes_no_dampening() => Assert.Throws<ArgumentException>(static () => new Sgd([], 0.9, 0.5, nesterov: true));

    [Theory]
    [InlineData(1, 0, new[] { 0.4000000059604645, -1.399999976158142, 1.899999976158142 })]
    [InlineData(5, 0, new[] { 0.006623774766921997, -1.0136395692825317, 1.502231240272522 })]
    [InlineData(5, 0.01, new[] { 0.006657294929027557, -1.013509750366211, 1.5022332668304443 })]
    public void Adam_follows_its_formula_and_PyTorch(int steps, double decay, double[] fromPyTorch)
    {
        var (mean, square, step) = (new double[Start.Length], new double[Start.Length], 1);
        var expected = Reference((i, p, gradient) =>
        {
            gradient += decay * p;
            mean[i] = (0.9 * mean[i]) + (0.1 * gradient);
            square[i] = (0.999 * square[i]) + (0.001 * gradient * gradient);
            var (m, v) = (mean[i] / (1 - Math.Pow(0.9, step)), square[i] / (1 - Math.Pow(0.999, step)));
            return p - (Rate * m / (Math.Sqrt(v) + 1e-8));
        }, () => step++, steps);
        var actual = Run(static groups => new Adam(groups), decay, steps: steps);
        Near(expected, actual);
        Near(fromPyTorch, actual);
    }

    [Theory]
    [InlineData(1, 0.01, new[] { 0.3995000123977661, -1.3984999656677246, 1.8980000019073486 })]
    [InlineData(5, 0.01, new[] { 0.005165912210941315, -1.0074799060821533, 1.4933007955551147 })]
    [InlineData(5, 0.1, new[] { -0.007599003612995148, -0.9534726142883301, 1.414626121520996 })]
    public void AdamW_decays_weights_apart_from_the_gradient_as_PyTorch(int steps, double decay, double[] fromPyTorch) =>
        Near(fromPyTorch, Run(static groups => new AdamW(groups), decay, steps: steps));

    [Theory]
    [InlineData(1, 0, 0, false, 0.99, 1e-8, new[] { -0.4999999403953552, -0.5000001192092896, 0.9999998807907104 })]
    [InlineData(5, 0, 0, false, 0.99, 1e-8, new[] { -0.45065873861312866, -0.7390260100364685, -0.10968578606843948 })]
    [InlineData(5, 0.9, 0.01, false, 0.99, 1e-8, new[] { 0.06324230134487152, -1.1254322528839111, -1.877967357635498 })]
    [InlineData(5, 0.9, 0, true, 0.99, 1e-8, new[] { 0.06437423080205917, -1.141610860824585, -1.8820983171463013 })]
    [InlineData(1, 0, 0, true, 0.9, 1e-3, new[] { 0.1672573685646057, -1.1674422025680542, 1.6668131351470947 })]
    [InlineData(5, 0, 0, true, 0.9, 1e-3, new[] { -0.3549610674381256, -0.7887427806854248, 0.896564245223999 })]
    public void RMSprop_is_that_of_PyTorch(int steps, double momentum, double decay, bool centered, double alpha, double epsilon, double[] fromPyTorch) =>
        Near(fromPyTorch, Run(groups => new RmsProp(groups, alpha, epsilon, momentum, centered), decay, steps: steps));

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
        Near(expected, Run(static groups => new Sgd(groups, 0.1), momentum: step => momenta[step]));

        var (mean, square) = (new double[Start.Length], new double[Start.Length]);
        step = 0;
        expected = Reference((i, p, gradient) =>
        {
            mean[i] = (momenta[step] * mean[i]) + ((1 - momenta[step]) * gradient);
            square[i] = (0.999 * square[i]) + (0.001 * gradient * gradient);
            var (m, v) = (mean[i] / (1 - Math.Pow(momenta[step], step + 1)), square[i] / (1 - Math.Pow(0.999, step + 1)));
            return p - (Rate * m / (Math.Sqrt(v) + 1e-8));
        }, () => step++);
        Near(expected, Run(static groups => new Adam(groups), momentum: step => momenta[step]));
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, new[] { -0.41289079189300537, -0.8162481188774109, -0.956200361251831 }, new[] { 0.24910862743854523, -0.7021225094795227, 0.9424973130226135 })]
    [InlineData(OptimizerKind.AdamW, new[] { 0.20051239430904388, -1.1993725299835205, 1.6949706077575684 }, new[] { 0.2800045311450958, -0.7197316884994507, 1.0800025463104248 })]
    public void Groups_have_their_own_rates_and_a_parameter_that_joins_late_its_own_count_as_in_PyTorch(OptimizerKind kind, double[] early, double[] late)
    {
        using var scope = NewDisposeScope();
        var p = Vector(Start);
        var q = Vector([0.3, -0.7, 1.1]);
        using var optimizer = kind.Create([new("p", new Dictionary<string, Tensor> { ["p"] = p }) { WeightDecay = 0.01 }], momentum: 0.9);
        var schedule = new MultiStepSchedule(Rate, [2, 3], 0.5);
        for (var step = 0; step < Steps; step++)
        {
            if (step == 2)
            {
                optimizer.Groups = [.. optimizer.Groups, new("q", new Dictionary<string, Tensor> { ["q"] = q }) { LearningRateFactor = 0.2 }];
            }

            Loss(p).add(Loss(q)).backward();
            optimizer.Step(schedule.At(step, new(1, Steps)));
            q.grad = null;
        }

        Near(early, Values(p));
        Near(late, Values(q));
        Assert.Equal(new Dictionary<string, long> { ["p"] = 5, ["q"] = 3 }, optimizer.Steps);
    }

    [Fact]
    public void Muon_is_gradient_descent_with_Nesterov_momentum_where_there_is_no_matrix()
    {
        var velocity = new double[Start.Length];
        var expected = Reference((i, p, gradient) =>
        {
            velocity[i] = (0.9 * velocity[i]) + gradient;
            return (p * (1 - (Rate * 0.01))) - (Rate * (gradient + (0.9 * velocity[i])));
        }, static () => { });
        Near(expected, Run(static groups => new Muon(groups, 0.9), 0.01));
    }

    [Theory]
    [InlineData(16, 48)]
    [InlineData(48, 16)]
    public void Muon_applies_the_quintic_to_the_singular_values_of_a_matrix_and_leaves_its_directions(int rows, int columns)
    {
        // A matrix with one value in each row or column has these as its singular values, and the directions are the axes.
        var values = Enumerable.Range(0, 16).Select(static i => 5.0 + (i * i)).ToArray();
        var matrix = new float[rows * columns];
        var expected = new float[rows * columns];
        var norm = Math.Sqrt(values.Sum(static v => v * v));
        for (var i = 0; i < values.Length; i++)
        {
            var at = (i * columns) + i;
            matrix[at] = (float)(i % 2 == 0 ? values[i] : -values[i]);
            var x = values[i] / norm;
            for (var step = 0; step < 5; step++)
            {
                x = (3.4445 * x) + (-4.7750 * Math.Pow(x, 3)) + (2.0315 * Math.Pow(x, 5));
            }

            expected[at] = (float)(i % 2 == 0 ? x : -x);
        }

        using var scope = NewDisposeScope();
        var start = Enumerable.Range(0, matrix.Length).Select(static i => MathF.Sin(i)).ToArray();
        var p = TensorData.Of<float>(start).ToTensor().reshape(rows, columns).requires_grad_();
        using var optimizer = new Muon([new("p", Named(p)) { WeightDecay = 0.5 }], 0.9);
        p.mul(TensorData.Of<float>(matrix).ToTensor().reshape(rows, columns)).sum().backward();
        optimizer.Step(new(Rate));

        // The rate of a tall matrix is larger by the root of its proportions; the gradient's length does not matter.
        var rate = Rate * Math.Sqrt(Math.Max(1, (double)rows / columns));
        Tolerance.Holds(1e-5, [.. start.Zip(expected, (w, u) => (float)((w * (1 - (Rate * 0.5))) - (rate * u)))], p.ToTensorData().Values<float>().ToArray());
        Assert.All(expected.Where(static v => v != 0), static v => Assert.InRange(Math.Abs(v), 0.3, 1.3));
    }

    [Fact]
    public void Muon_takes_the_filters_of_a_convolution_as_the_rows_of_a_matrix()
    {
        using var scope = NewDisposeScope();
        var gradient = TensorData.Of<float>([.. Enumerable.Range(0, 16 * 4 * 9).Select(static i => MathF.Cos(i * i))]).ToTensor();
        var filters = zeros(16, 4, 3, 3).contiguous().requires_grad_();
        var matrix = zeros(16, 36).requires_grad_();
        foreach (var parameter in new[] { filters, matrix })
        {
            using var optimizer = new Muon(ParameterGroups.Single(Named(parameter)));
            parameter.reshape(-1).mul(gradient).sum().backward();
            optimizer.Step(new(Rate));
        }

        Assert.Equal(matrix.ToTensorData().Values<float>().ToArray(), filters.ToTensorData().Values<float>().ToArray());
        Assert.NotEqual(0, matrix.norm().ToSingle());
    }

    [Fact]
    public void A_parameter_in_two_groups_is_refused()
    {
        using var parameter = ones(1);
        var group = new ParameterGroup("a", new Dictionary<string, Tensor> { ["p"] = parameter });
        Assert.Contains("'p'", Assert.Throws<ArgumentException>(() => new Sgd([group, group with { Name = "b" }])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.RmsProp)]
    [InlineData(OptimizerKind.Muon)]
    public void A_restored_optimiser_goes_on_as_if_nothing_had_been(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var (p, q) = (Vector(Start), Vector(Start));
        using var first = kind.Create(ParameterGroups.Single(Named(p), 0.01), momentum: 0.9, nesterov: true);
        Train(first, p, 3);
        q.detach().copy_(p.detach());
        using var second = kind.Create(ParameterGroups.Single(Named(q), 0.01), momentum: 0.9, nesterov: true);
        Train(second, q, 1);
        q.detach().copy_(p.detach());
        second.Restore(first.State.ToDictionary(static s => s.Key, static s => s.Value.ToTensorData()), first.Steps);
        Assert.Equal(first.Steps, second.Steps);
        Train(first, p, 2);
        Train(second, q, 2);
        Assert.Equal(Values(p), Values(q));
        Assert.NotEqual(Start, Values(p));

        static void Train(Optimizer optimizer, Tensor parameter, int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                Loss(parameter).backward();
                optimizer.Step(new(Rate));
            }
        }
    }

    [Theory]
    [InlineData("speed.p", "p", 3, "'speed.p'")]
    [InlineData("momentum.q", "q", 3, "'q'")]
    [InlineData("momentum.p", "p", 2, "[3]")]
    public void A_saved_state_that_does_not_fit_is_refused_and_changes_nothing(string key, string name, int length, string message)
    {
        using var scope = NewDisposeScope();
        var p = Vector(Start);
        using var optimizer = new Sgd(ParameterGroups.Single(Named(p)), 0.9);
        Loss(p).backward();
        optimizer.Step(new(Rate));
        var before = optimizer.State["momentum.p"].ToTensorData();
        var refusal = Assert.Throws<ToolchainException>(() => optimizer.Restore(
            new Dictionary<string, TensorData> { [key] = TensorData.Of<float>(new float[length]) }, new Dictionary<string, long> { [name] = 7 }));
        Assert.Equal(ErrorKind.BadInput, refusal.Kind);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.True(before.ContentEquals(optimizer.State["momentum.p"].ToTensorData()));
        Assert.Equal(1, optimizer.Steps["p"]);
    }

    [Fact]
    public void Parameters_without_a_gradient_stay_and_gradients_are_dropped()
    {
        using var used = ones(2).requires_grad_();
        using var idle = ones(2).requires_grad_();
        using var optimizer = new Adam(ParameterGroups.Single(new Dictionary<string, Tensor> { ["used"] = used, ["idle"] = idle }));
        using var scope = NewDisposeScope();
        used.sum().backward();
        optimizer.Step(new(0.5));
        Assert.Null(used.grad);
        Assert.Equal([1, 1], Values(idle));
        Assert.Equal(["mean.used", "square.used"], optimizer.State.Keys);
        optimizer.Step(new(0.5));
        Assert.Equal(new Dictionary<string, long> { ["used"] = 1 }, optimizer.Steps);
        Assert.Equal([0.5, 0.5], Values(used).Select(static v => Math.Round(v, 5)));
    }

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.RmsProp)]
    [InlineData(OptimizerKind.Muon)]
    public void Steps_leave_only_the_state_behind_and_disposing_frees_it(OptimizerKind kind)
    {
        using var parameter = ones(2).requires_grad_();
        var before = Tensor.TotalCount;
        using (var optimizer = kind.Create(ParameterGroups.Single(Named(parameter), 0.1), momentum: 0.9))
        {
            for (var step = 0; step < 3; step++)
            {
                using var scope = NewDisposeScope();
                parameter.sum().backward();
                optimizer.Step(new(0.5));
            }

            Assert.Equal(before + optimizer.State.Count, Tensor.TotalCount);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static double[] Reference(Func<int, double, double, double> update, Action stepEnded, int steps = Steps)
    {
        var p = (double[])Start.Clone();
        for (var step = 0; step < steps; step++)
        {
            for (var i = 0; i < p.Length; i++)
            {
                p[i] = update(i, p[i], (2 * Curvature[i] * p[i]) + Math.Cos(p[i]));
            }

            stepEnded();
        }

        return p;
    }

    private static double[] Run(Func<IReadOnlyList<ParameterGroup>, Optimizer> create, double decay = 0, Func<int, double?>? momentum = null, int steps = Steps)
    {
        using var scope = NewDisposeScope();
        var p = Vector(Start);
        using var optimizer = create(ParameterGroups.Single(Named(p), decay));
        for (var step = 0; step < steps; step++)
        {
            Loss(p).backward();
            optimizer.Step(new(Rate, momentum?.Invoke(step)));
        }

        return Values(p);
    }

    private static Tensor Loss(Tensor p) => p.mul(p).mul(tensor([.. Curvature.Select(static v => (float)v)])).add(p.sin()).sum();

    private static Tensor Vector(double[] values) => tensor([.. values.Select(static v => (float)v)]).requires_grad_();

    private static Dictionary<string, Tensor> Named(Tensor p) => new() { ["p"] = p };

    private static double[] Values(Tensor p) => [.. p.ToTensorData().Values<float>().ToArray().Select(static v => (double)v)];

    private static void Near(double[] expected, double[] actual) =>
        Tolerance.Holds(Tolerance.Float32, expected.Select(static v => (float)v).ToArray(), actual.Select(static v => (float)v).ToArray());
}
