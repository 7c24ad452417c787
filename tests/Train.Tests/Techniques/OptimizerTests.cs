using Toolchain.Train.Optimization;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Every optimiser by its word: the first step's closed form, from the gradient that a step of plain descent shows.</summary>
public sealed class OptimizerTests
{
    private const double Rate = 0.001;

    // Too few rows and columns for Muon to bring near a rotation: what it does to matrices is tested beside the optimiser.
    private static readonly string[] Narrow = ["mlp", "--set", "hidden=12"];
    private static readonly string[] OneStep = ["--schedule", "constant", "--batch", "16", "--validation", "0", "--steps", "1"];

    private static Dictionary<string, (string[] Args, Func<double, double, double> Change)> Cases { get; } = new()
    {
        ["sgd"] = (["--momentum", "0.9"], static (g, w) => -Rate * g),
        ["sgd nesterov"] = (["--momentum", "0.9", "--nesterov"], static (g, w) => -Rate * 1.9 * g),
        ["sgd decay"] = (["--weight-decay", "0.5"], static (g, w) => -Rate * (g + (0.5 * w))),
        ["adam"] = ([], static (g, w) => -Rate * Math.Sign(g)),
        ["adamw"] = ([], static (g, w) => (-Rate * Math.Sign(g)) - (Rate * 0.01 * w)),
        ["rmsprop"] = ([], static (g, w) => -Rate * g / ((0.1 * Math.Abs(g)) + 1e-8)),
        ["muon"] = ([], static (g, w) => -Rate * 1.95 * g),
        ["muon decay"] = (["--momentum", "0.8", "--weight-decay", "0.5"], static (g, w) => -Rate * ((1.8 * g) + (0.5 * w))),
        ["rmsprop momentum"] = (["--momentum", "0.9"], static (g, w) => -Rate * g / ((0.1 * Math.Abs(g)) + 1e-8)),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_first_step_is_the_closed_form(string name)
    {
        var start = (await TrainAsync([.. Narrow, .. Standstill])).Weights;
        var gradients = WeightChecks.Combined(start, (await TrainAsync([.. Narrow, .. PlainSgd, "--steps", "1", "--lr", "1"])).Weights, static (before, after) => before - after);
        var (args, change) = Cases[name];
        var found = (await TrainAsync([.. Narrow, .. OneStep, "--optimizer", name.Split(' ')[0], "--lr", "0.001", .. args])).Weights;
        foreach (var (key, gradient) in gradients)
        {
            // The difference of two float32 weights does not show the sign of a gradient that is about zero.
            var clear = Enumerable.Range(0, gradient.Length).Where(i => Math.Abs(gradient[i]) > 1e-4).ToArray();
            Assert.NotEmpty(clear);
            Assert.All(clear, i => Assert.Equal(start[key][i] + change(gradient[i], start[key][i]), found[key][i], 2e-6));
        }
    }

    [Fact]
    public void Every_optimizer_is_tested() =>
        Assert.Equal(Enum.GetValues<OptimizerKind>().Select(static k => k.Text()).Order(), Cases.Keys.Select(static c => c.Split(' ')[0]).Distinct().Order());

    [Fact]
    public async Task Every_optimizer_learns()
    {
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var run = await TrainAsync([.. Mlp, "--optimizer", kind.Text(), "--lr", kind is OptimizerKind.Sgd or OptimizerKind.Muon ? "0.1" : "0.01", "--epochs", "10", "--batch", "16", "--validation", "0"]);
            Assert.True((double)run.Epochs[^1]["train_loss"]! < 0.7 * (double)run.Epochs[0]["train_loss"]!, kind.Text());
            Assert.Equal(kind.Text(), run.Version.Manifest.Training!.Recipe["optimizer"].GetString());
        }
    }
}
