using System.Xml.Linq;
using Toolchain.Registry.Cli;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Commands;

/// <summary><c>train find-lr</c>.</summary>
public sealed class FindLrTests
{
    private static readonly string[] Common = ["--data", SmallData.Tiny, "--batch", "32", "--threads", "1", "--precision", "float32", "--layout", "contiguous"];

    private readonly Workplace _work = new();

    [Theory]
    [InlineData("adam", 1e-4, 0.1)]
    [InlineData("sgd", 1e-3, 3)]
    public async Task It_proposes_a_rate_that_trains_and_leaves_nothing_but_the_chart(string optimizer, double lowest, double highest)
    {
        var chart = _work.PathOf("rates.svg");
        var run = await FindAsync("mlp", "--set", "hidden=32", "--optimizer", optimizer, "--end-lr", "100", "--plot", chart, "--json");
        Assert.Equal((ExitCode.Ok, optimizer), (run.ExitCode, (string)run.Result["optimizer"]!));
        Assert.InRange((double)run.Result["steepest"]!, lowest, highest);
        Assert.True((bool)run.Result["diverged"]!);
        var points = run.Result["points"]!.AsArray();
        Assert.InRange(points.Count, 50, 99);
        Assert.Equal(1e-7, (double)points[0]!["lr"]!, 1e-12);
        Assert.Equal(Math.Pow(1e9, 1 / 99.0), (double)points[1]!["lr"]! / (double)points[0]!["lr"]!, 1e-9);
        Assert.Equal((double)points[0]!["loss"]!, (double)points[0]!["smoothed"]!, 1e-9);
        Assert.True((double)points[^1]!["smoothed"]! > 4 * (double)run.Result["lowest_loss"]!);
        Assert.Contains(XDocument.Load(chart).Descendants(), static e => e.Name.LocalName == "circle");
        Assert.Empty(_work.Published);
        Assert.False(Directory.Exists(_work.Runs) || Directory.Exists("runs"));
    }

    [Fact]
    public async Task The_same_seed_finds_the_same_rates_and_people_see_a_table()
    {
        string[] args = ["mlp", "--set", "hidden=8", "--steps", "40", "--seed", "3"];
        var first = await FindAsync(args);
        Assert.Equal(first.Output, (await FindAsync(args)).Output);
        Assert.StartsWith("mlp on idx:", first.Output, StringComparison.Ordinal);
        Assert.Contains("40 steps of adam with 32 samples, rates from 1e-07 to 10, computing in float32", first.Output, StringComparison.Ordinal);
        Assert.Contains("steepest descent at", first.Output, StringComparison.Ordinal);
        Assert.InRange(first.Output.Split('\n').Length, 20, 30);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "--start-lr is 1 and --end-lr 0.1: rates are above 0 and grow; --steps is 3; at least 10 are needed", "mlp", "--start-lr", "1", "--end-lr", "0.1", "--steps", "3")]
    [InlineData(ExitCode.Usage, "--batch is 1000, but the training split of", "mlp", "--batch", "1000")]
    [InlineData(ExitCode.Usage, "--optimizer is 'adma'; it takes adam, adamw, sgd, rmsprop, muon.", "mlp", "--optimizer", "adma")]
    [InlineData(ExitCode.Usage, "Did you mean 'cnnnet'?", "cnnet")]
    public async Task What_cannot_be_tried_is_told(ExitCode exitCode, string message, params string[] args)
    {
        var run = await FindAsync(args);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chart_that_cannot_be_written_is_an_error_after_the_table()
    {
        var run = await FindAsync("mlp", "--set", "hidden=8", "--steps", "10", "--plot", _work.PathOf("nowhere/rates.svg"));
        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Contains("Cannot write the chart to 'ROOT/nowhere/rates.svg'", run.Error, StringComparison.Ordinal);
        Assert.Contains("lowest smoothed loss", run.Output, StringComparison.Ordinal);
    }

    private Task<Answer> FindAsync(params string[] args) => _work.CallAsync(["find-lr", .. args, .. args.Contains("--batch") ? Common.Where(static (_, i) => i is not (2 or 3)) : Common]);
}
