using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Learning rates and weight decays of parameters that are chosen by name (notes: Differential Learning Rates).</summary>
public sealed class ParameterGroupTests
{
    private static readonly string[] OneStep = [.. PlainSgd, "--steps", "1", "--lr", "0.1"];

    [Fact]
    public async Task A_groups_step_is_proportional_to_its_rate()
    {
        var start = (await TrainAsync([.. Mlp, .. Standstill])).Weights;
        var plain = WeightChecks.Change(start, (await TrainAsync([.. Mlp, .. OneStep])).Weights);
        var run = await TrainAsync([.. Mlp, .. OneStep, "--lr-for", "fc1.*=0.02", "--lr-for", "fc2.bias=0"]);
        var found = WeightChecks.Change(start, run.Weights);
        WeightChecks.Near(Tolerance.Float32, plain.ToDictionary(static p => p.Key, static p => p.Value.Select(v => v * p.Key switch
        {
            "fc1.weight" or "fc1.bias" => 0.2f,
            "fc2.bias" => 0,
            _ => 1,
        }).ToArray()), found);
        WeightChecks.Same(start, run.Weights, static name => name == "fc2.bias");
        Assert.Equal(["fc1.*=0.02", "fc2.bias=0"], run.Version.Manifest.Training!.Recipe["lr_for"].EnumerateArray().Select(static v => v.GetString()!));
    }

    [Fact]
    public async Task The_schedule_scales_every_groups_rate()
    {
        string[] schedule = ["--optimizer", "sgd", "--momentum", "0", "--schedule", "exponential", "--lr", "0.1", "--batch", "128", "--validation", "0", "--freeze", "fc1.*"];
        var first = (await TrainAsync([.. Mlp, .. schedule, "--gamma", "0.5", "--epochs", "1", "--lr-for", "fc2.weight=0.05"])).Weights;
        var second = (await TrainAsync([.. Mlp, .. schedule, "--gamma", "0.5", "--epochs", "2", "--lr-for", "fc2.weight=0.05"])).Weights;

        // The second epoch's only step, with half the first one's rates: the same as at constant rates from the first epoch's weights.
        var halved = (await TrainAsync([.. Mlp, .. schedule, "--epochs", "2", "--lr-for", "fc2.weight=0.05", "--gamma", "1"])).Weights;
        var (at50, at100) = (WeightChecks.Change(first, second), WeightChecks.Change(first, halved));
        WeightChecks.Near(Tolerance.Float32, at50, at100.ToDictionary(static p => p.Key, static p => p.Value.Select(static v => v / 2).ToArray()));
        WeightChecks.Changed(first, second, static name => name.StartsWith("fc2.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_groups_weight_decay_is_its_own()
    {
        var start = (await TrainAsync([.. Mlp, .. Standstill])).Weights;
        var plain = (await TrainAsync([.. Mlp, .. OneStep])).Weights;
        var decayed = (await TrainAsync([.. Mlp, .. OneStep, "--weight-decay", "0.3", "--weight-decay-for", "fc1.*=0.5,*.bias=0"])).Weights;
        WeightChecks.Near(Tolerance.Float32, Expected(start, plain, static name => name switch
        {
            "fc1.weight" or "fc1.bias" => 0.5,
            "fc2.bias" => 0,
            _ => 0.3,
        }), decayed);
    }

    [Fact]
    public async Task Biases_and_norms_can_be_left_without_decay()
    {
        var start = (await TrainAsync([.. ResBlocks, .. Standstill])).Weights;
        var plain = (await TrainAsync([.. ResBlocks, .. OneStep])).Weights;
        var decayed = (await TrainAsync([.. ResBlocks, .. OneStep, "--weight-decay", "0.3", "--no-decay-norm-bias"])).Weights;
        WeightChecks.Near(Tolerance.Float32, Expected(start, plain, static name => name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("batch_norm", StringComparison.Ordinal) ? 0 : 0.3), decayed);
    }

    [Theory]
    [InlineData("'fc9.*' matches no parameter.", "--lr-for", "fc9.*=0.1")]
    [InlineData("'fc1.bias' comes after 'fc1.*', which has 'fc1.bias'", "--lr-for", "fc1.*=0.1,fc1.bias=0.2")]
    [InlineData("--lr-for is 'fc1.*'; it takes a pattern of parameter names and a learning rate", "--lr-for", "fc1.*")]
    public async Task A_rule_without_effect_is_refused(string message, params string[] args)
    {
        var work = new Workplace();
        var run = await work.TrainAsync([.. Mlp, "--data", SmallData.Small8, "--batch", "16", .. args]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(work.Published);
    }

    private static Dictionary<string, float[]> Expected(IReadOnlyDictionary<string, float[]> start, IReadOnlyDictionary<string, float[]> plain, Func<string, double> decay) =>
        plain.ToDictionary(static p => p.Key, p => p.Value.Zip(start[p.Key], (w, w0) => (float)(w - (0.1 * (p.Key.Contains("running", StringComparison.Ordinal) ? 0 : decay(p.Key)) * w0))).ToArray());
}
