using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>The loss that a recipe asks for, against its formula on the logits of the untrained network: one step over the whole training split.</summary>
public sealed class ObjectiveTests
{
    private static Dictionary<string, (string[] Args, Func<double[][], int[], double> Loss)> Cases { get; } = new()
    {
        ["cross-entropy"] = ([], static (log, y) => log.Zip(y, static (row, c) => -row[c]).Average()),
        ["label smoothing"] = (["--label-smoothing", "0.3"], static (log, y) => log.Zip(y, static (row, c) => (-0.7 * row[c]) - (0.3 * row.Average())).Average()),
        ["balanced classes"] = (["--class-weights", "balanced"], static (log, y) => Weighted(log, y, c => y.Length / (10.0 * y.Count(other => other == c)))),
        ["class weights"] = (["--class-weights", "1,2,3,4,5,6,7,8,9,10"], static (log, y) => Weighted(log, y, static c => c + 1)),
        ["focal"] = (["--loss", "focal"], static (log, y) => log.Zip(y, static (row, c) => -Math.Pow(1 - Math.Exp(row[c]), 2) * row[c]).Average()),
        ["focal gamma"] = (["--loss", "focal", "--focal-gamma", "0.5"], static (log, y) => log.Zip(y, static (row, c) => -Math.Pow(1 - Math.Exp(row[c]), 0.5) * row[c]).Average()),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_reported_loss_is_the_formula(string name)
    {
        var (args, loss) = Cases[name];
        var run = await TrainAsync([.. Mlp, "--steps", "1", "--lr-for", "*=0", "--batch", "128", "--validation", "0", .. args]);
        var (log, labels) = TrainingInputs.LogProbabilities(run, SmallData.Small8);
        Assert.Equal(loss(log, labels), (double)run.Epochs[0]["train_loss"]!, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Training_makes_it_smaller(string name)
    {
        var run = await TrainAsync([.. Mlp, "--lr", "0.01", "--epochs", "8", "--batch", "16", "--validation", "0", .. Cases[name].Args]);
        Assert.True((double)run.Epochs[^1]["train_loss"]! < 0.9 * (double)run.Epochs[0]["train_loss"]!);
    }

    private static double Weighted(double[][] log, int[] labels, Func<int, double> weight) =>
        log.Zip(labels, (row, c) => -weight(c) * row[c]).Sum() / labels.Sum(weight);
}
