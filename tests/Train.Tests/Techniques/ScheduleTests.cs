using Toolchain.Train.Optimization;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Every schedule by its word: the rate of the last step of each of three epochs of eight steps.</summary>
public sealed class ScheduleTests
{
    private const double Rate = 0.1;

    private static Dictionary<string, (string[] Args, Func<int, double> RateAt)> Cases { get; } = new()
    {
        ["constant"] = ([], static e => Rate),
        ["one-cycle"] = ([], static e => Step(e) <= 6.2 ? Half(Rate / 25, Rate, Step(e) / 6.2) : Half(Rate, Rate / 250_000, (Step(e) - 6.2) / (23 - 6.2))),
        ["step"] = (["--step-size", "2", "--gamma", "0.3"], static e => e < 3 ? Rate : 0.3 * Rate),
        ["multi-step"] = (["--milestones", "1,2", "--gamma", "0.5"], static e => Rate * Math.Pow(0.5, e - 1)),
        ["exponential"] = (["--gamma", "0.9"], static e => Rate * Math.Pow(0.9, e - 1)),
        ["exponential last-epoch"] = (["--gamma", "0.9", "--last-epoch", "1"], static e => Rate * Math.Pow(0.9, e + 1)),
        ["cosine"] = (["--min-lr", "0.01"], static e => Half(Rate, 0.01, Step(e) / 24)),
        ["cosine last-epoch"] = (["--last-epoch", "0"], static e => Half(Rate, 0, (Step(e) + 8) / 32)),
        ["cosine-restarts"] = (["--cycle", "2", "--min-lr", "0.02"], static e => Half(Rate, 0.02, Step(e) % 16 / 16)),
        ["polynomial"] = (["--power", "2"], static e => Rate * Math.Pow(1 - (Step(e) / 24), 2)),
        ["polynomial warm-up"] = (["--warm-up", "2.5"], static e => Rate * (1 - (Step(e) / 24)) * (Step(e) >= 20 ? 1 : (1.0 / 3) + (2.0 / 3 * Step(e) / 20))),
        ["constant warm-up"] = (["--warm-up", "2"], static e => Rate * (Step(e) >= 16 ? 1 : (1.0 / 3) + (2.0 / 3 * Step(e) / 16))),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_logged_rates_are_the_closed_form(string name)
    {
        var (args, rateAt) = Cases[name];
        var run = await TrainAsync([.. Mlp, "--optimizer", "sgd", "--lr", "0.1", "--batch", "16", "--validation", "0", "--epochs", "3", "--schedule", name.Split(' ')[0], .. args]);
        Assert.Equal([8L, 16, 24], run.Epochs.Select(static l => (long)l["steps"]!));
        Assert.All(run.Rates.Select(static (rate, i) => (rate, i)), p => Assert.Equal(rateAt(p.i + 1), p.rate, 1e-9));
    }

    [Fact]
    public void Every_schedule_is_tested() =>
        Assert.Equal(Enum.GetValues<ScheduleKind>().Select(static k => k.Text()).Order(), Cases.Keys.Select(static c => c.Split(' ')[0]).Append("plateau").Distinct().Order());

    [Theory]
    [InlineData("0", new[] { 0.1, 0.1, 0.05, 0.025, 0.02 })]
    [InlineData("1", new[] { 0.1, 0.1, 0.1, 0.05, 0.05 })]
    public async Task On_a_plateau_of_the_validation_loss_the_rate_falls(string patience, double[] expected)
    {
        var still = await TrainAsync([.. Mlp, .. Plateau(patience), "--epochs", "5", "--lr-for", "*=0"]);
        Assert.Equal(expected, still.Rates);
    }

    [Fact]
    public async Task While_the_validation_loss_falls_the_rate_stays()
    {
        var learning = await TrainAsync([.. Mlp, .. Plateau("0"), "--epochs", "3"]);
        var losses = learning.Epochs.Select(static l => (double)l["validation_loss"]!).ToArray();
        Assert.Equal(losses.OrderDescending(), losses);
        Assert.Equal([0.1, 0.1, 0.1], learning.Rates);
    }

    private static string[] Plateau(string patience) =>
        ["--optimizer", "sgd", "--momentum", "0", "--schedule", "plateau", "--lr", "0.1", "--gamma", "0.5", "--min-lr", "0.02", "--patience", patience, "--batch", "16", "--validation", "0.25"];

    private static double Step(int epoch) => (8 * epoch) - 1;

    private static double Half(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * share)));
}
