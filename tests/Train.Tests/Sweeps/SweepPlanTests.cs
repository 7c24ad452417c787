using Toolchain.Train.Sweeps;

namespace Toolchain.Train.Tests.Sweeps;

/// <summary>Which values a sweep tries, and how its file is written.</summary>
public sealed class SweepPlanTests
{
    private const string Lr = "search:\n  over:\n    lr: [0.01, 0.1]\n    set.hidden: [8, 16, 32]\n";

    [Fact]
    public void A_grid_is_every_combination_with_the_last_value_changing_fastest()
    {
        var plan = SweepFile.Parse(Lr, "test").Plan;
        Assert.Equal(SweepMethod.Grid, plan.Method);
        Assert.Equal(
            ["0.01 8", "0.01 16", "0.01 32", "0.1 8", "0.1 16", "0.1 32"],
            plan.Combinations(0).Select(static c => $"{c["lr"]} {c["set.hidden"]}"));
    }

    [Theory]
    [InlineData("{from: 0.001, to: 1, scale: log, steps: 4}", "0.001", "0.01", "0.1", "1")]
    [InlineData("{from: 0, to: 1, steps: 3}", "0", "0.5", "1")]
    [InlineData("{from: 1, to: 6, scale: whole, steps: 3}", "1", "4", "6")]
    [InlineData("{from: 1, to: 2, scale: whole, steps: 5}", "1", "2")]
    public void A_range_with_steps_is_divided_on_its_scale(string range, params string[] values)
    {
        var plan = SweepFile.Parse($"search:\n  over:\n    weight_decay: {range}\n", "test").Plan;
        Assert.Equal(values, plan.Combinations(0).Select(static c => c["weight_decay"]));
    }

    [Fact]
    public void Random_trials_depend_on_the_seed_lie_in_their_ranges_and_are_all_different()
    {
        var plan = SweepFile.Parse("search:\n  method: random\n  trials: 200\n  over:\n    lr: {from: 0.0001, to: 1, scale: log}\n    crop: {from: 0, to: 3, scale: whole}\n    optimizer: [sgd, adam]\n", "test").Plan;
        string[] Texts(long seed) => [.. plan.Combinations(seed).Select(static c => string.Join(' ', c.Values))];
        Assert.Equal(Texts(1), Texts(1));
        Assert.NotEqual(Texts(1), Texts(2));
        var drawn = plan.Combinations(1);
        Assert.Equal(200, drawn.Select(static c => string.Join(' ', c.Values)).Distinct().Count());
        var rates = drawn.Select(static c => double.Parse(c["lr"], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.All(rates, static rate => Assert.InRange(rate, 0.0001, 1));

        // On a logarithmic scale each of the four powers of ten gets a quarter: 50 of 200, give or take four standard deviations.
        Assert.All(Enumerable.Range(0, 4), power => Assert.InRange(rates.Count(r => Math.Floor(Math.Log10(r)) == power - 4 || (power == 3 && r == 1)), 25, 75));
        Assert.Equal(["0", "1", "2", "3"], drawn.Select(static c => c["crop"]).Distinct().Order());
    }

    [Fact]
    public void A_small_space_ends_the_draws()
    {
        var plan = SweepFile.Parse("search:\n  method: random\n  trials: 10\n  over:\n    optimizer: [sgd, adam]\n", "test").Plan;
        Assert.Equal(["adam", "sgd"], plan.Combinations(0).Select(static c => c["optimizer"]).Order());
    }

    [Theory]
    [InlineData(1, 3, 20, "1 3 9 20")]
    [InlineData(2, 2, 16, "2 4 8 16")]
    [InlineData(5, 3, 4, "4")]
    public void Halving_compares_after_more_and_more_epochs(int first, int keep, int epochs, string rungs)
    {
        var plan = new SweepPlan(SweepMethod.Halving, [], null, first, keep);
        Assert.Equal(rungs, string.Join(' ', plan.Rungs(epochs)));
        Assert.Equal(1, plan.GoOn(1));
        Assert.Equal(3, new SweepPlan(SweepMethod.Halving, [], null, 1, 3).GoOn(9));
        Assert.Equal(4, new SweepPlan(SweepMethod.Halving, [], null, 1, 3).GoOn(10));
    }

    [Theory]
    [InlineData("epochs: 3", "there is no 'search' with what to vary")]
    [InlineData("search:\n  over: {}", "'over' names nothing to vary")]
    [InlineData("search:\n  method: gird\n  over:\n    lr: [1]", "Did you mean 'grid'?")]
    [InlineData("search:\n  trails: 3\n  over:\n    lr: [1]", "'trails' is not a key of 'search'. Did you mean 'trials'?")]
    [InlineData("search:\n  over:\n    learning_rate: [1]", "'learning_rate' is not a setting of a recipe")]
    [InlineData("search:\n  over:\n    weigth_decay: [1]", "Did you mean 'weight_decay'?")]
    [InlineData("search:\n  method: random\n  over:\n    lr: [1]", "method random needs 'trials'")]
    [InlineData("search:\n  trials: 3\n  over:\n    lr: [1]", "method grid tries every combination and takes no 'trials'")]
    [InlineData("search:\n  keep: 3\n  over:\n    lr: [1]", "belong to method halving")]
    [InlineData("search:\n  over:\n    lr: {from: 0, to: 1, scale: log}", "a log scale needs a 'from' above 0")]
    [InlineData("search:\n  over:\n    lr: {from: 1, to: 0.1}", "'from' must be below 'to'")]
    [InlineData("search:\n  over:\n    lr: {from: 1}", "'to' must be a number, found nothing")]
    [InlineData("search:\n  over:\n    crop: {from: 0.5, to: 2, scale: whole}", "whole ends")]
    public void A_mistake_in_a_file_is_named(string yaml, string message)
    {
        var mistake = Assert.Throws<ToolchainException>(() => SweepFile.Parse(yaml, "test"));
        Assert.Contains(message, mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_without_steps_has_no_grid() =>
        Assert.Contains("Give its steps", Assert.Throws<ToolchainException>(static () => SweepFile.Parse("search:\n  over:\n    lr: {from: 0.1, to: 1}\n", "test").Plan.Combinations(0)).Message, StringComparison.Ordinal);
}
