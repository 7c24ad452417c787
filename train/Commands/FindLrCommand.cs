using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Registry.Cli;
using Toolchain.Train.Drawing;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Optimization;
using TorchSharp;

namespace Toolchain.Train.Commands;

/// <summary><c>train find-lr NETWORK --data DATA</c>: tries growing learning rates and proposes one. It publishes and keeps nothing.</summary>
internal sealed class FindLrCommand : ToolCommand
{
    private const int RowsOfTable = 20;
    private const int FewestSteps = 10;
    private const double SgdMomentum = 0.9;

    private readonly Argument<string> _network = new("NETWORK") { Description = "A network of the catalog; see: train networks." };
    private readonly DataOption _data = new();
    private readonly SetOption _set = new();
    private readonly Option<int> _batch = new("--batch") { Description = "Images per step.", HelpName = "N", DefaultValueFactory = static _ => new TrainingRecipe().BatchSize };
    private readonly Option<OptimizerKind> _optimizer = new("--optimizer") { Description = "The optimiser; sgd has a momentum of 0.9.", HelpName = string.Join('|', Enum.GetValues<OptimizerKind>().Select(RecipeWords.Of)), DefaultValueFactory = static _ => OptimizerKind.Adam };
    private readonly Option<double> _from = new("--from") { Description = "The first rate.", HelpName = "RATE", DefaultValueFactory = static _ => 1e-7 };
    private readonly Option<double> _to = new("--to") { Description = "The last rate.", HelpName = "RATE", DefaultValueFactory = static _ => 10 };
    private readonly Option<int> _steps = new("--steps") { Description = "Steps from the first rate to the last.", HelpName = "N", DefaultValueFactory = static _ => 100 };
    private readonly Option<string?> _plot = new("--plot") { Description = "Also draw the losses into this file.", HelpName = "FILE.svg" };
    private readonly ComputeOptions _compute = new();
    private readonly SeedOption _seed = new();

    public FindLrCommand()
        : base(
            "find-lr",
            "Try growing learning rates on a new network and propose one; nothing is published.",
            "find-lr cnnnet --set size=small --data fashion-mnist",
            "find-lr resblocks --data fashion-mnist --optimizer sgd --plot rates.svg")
    {
        foreach (var option in (Option[])[_data, _set, _batch, _optimizer, _from, _to, _steps, _plot])
        {
            Add(option);
        }

        Add(_network);
        _compute.AddTo(this);
        Add(_seed);
        _optimizer.CustomParser = result => Parsing.OneToken(result, word => RecipeWords.Parse<OptimizerKind>("--optimizer", word, RecipeWords.Of));
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        RequireRange(context);
        var network = NetworkCatalog.Get(context.Get(_network));
        var device = TorchDevice.Resolve(context.Get(_compute.Device));
        TorchDevice.UseThreads(context.Get(_compute.Threads));
        var data = DatasetCatalog.Open(context.Get(_data));
        RequireBatch(context, data);
        var report = Search(context, network, data, device, cancellationToken);
        Show(context.Console, report);
        if (context.Get(_plot) is { } file)
        {
            Write(file, Chart($"{network.Name} on {data.Reference}, {RecipeWords.Of(context.Get(_optimizer))}", report));
        }

        context.Console.Result(ToJson(network, data, context.Get(_optimizer), report));
        return Task.FromResult(ExitCode.Ok);
    }

    /// <summary>The losses over the rates, with the proposal marked.</summary>
    internal static LineChart Chart(string title, LearningRateReport report) => new(
        title,
        new("learning rate", AxisScale.Logarithmic),
        new("loss"),
        [
            new ChartLine("batch", [.. report.Points.Select(static p => new ChartPoint(p.LearningRate, p.Loss))], Dashed: true),
            new ChartLine("smoothed", [.. report.Points.Select(static p => new ChartPoint(p.LearningRate, p.Smoothed))]),
            new ChartMarkers("steepest", report.Steepest is { } s ? [new(s.LearningRate, s.Smoothed, Display.Number(s.LearningRate))] : []),
        ]);

    private LearningRateReport Search(CommandContext context, Network network, DatasetSplits data, torch.Device device, CancellationToken cancellation)
    {
        var (seed, batch, kind) = (context.Get(_seed), context.Get(_batch), context.Get(_optimizer));
        var images = Enumerable.Range(0, data.Train.Count).ToArray();
        var statistics = ChannelStatistics.Of(data.Train, images);
        var preprocessing = new Preprocessing(data.Train.Channels, data.Train.Height, data.Train.Width, statistics.Mean, statistics.Std);
        var graph = network.Build(new(data.Train.Channels, data.Train.Height, data.Train.Width), data.Train.ClassNames.Length, _set.Read(context, network), seed);
        var mode = ComputeModeChoice.Choose(graph, device, batch, _compute.ReadPrecision(context), _compute.ReadLayout(context), ComputeModeMemory.OfUser).Mode;
        context.Console.Line(Invariant($"{network.Name} on {data.Reference}: {context.Get(_steps)} steps of {RecipeWords.Of(kind)} with {batch} images, rates from {context.Get(_from):g3} to {context.Get(_to):g3}, computing in {mode}"));

        torch.manual_seed(seed);
        using var executor = new GraphExecutor(graph, device, mode);
        using var feeder = new ImageFeeder(preprocessing, device, mode);
        using var optimizer = kind.Create(ParameterGroups.Single(executor.Weights.Parameters, kind.DefaultWeightDecay()), kind == OptimizerKind.Sgd ? SgdMomentum : 0);
        var loader = new BatchLoader(data.Train, images, new() { BatchSize = batch, Shuffle = true, DropLast = true, Seed = seed });
        return new LearningRateSearch(executor, feeder, loader, optimizer).Run(context.Get(_from), context.Get(_to), context.Get(_steps), cancellation);
    }

    private static void Show(CommandConsole console, LearningRateReport report)
    {
        var stride = (report.Points.Count + RowsOfTable - 1) / RowsOfTable;
        console.Table([["rate", "loss", "smoothed"], .. report.Points.Where((_, i) => i % stride == 0 || i == report.Points.Count - 1)
            .Select(static p => (string[])[Display.Number(p.LearningRate), Invariant($"{p.Loss:f4}"), Invariant($"{p.Smoothed:f4}")])]);
        console.Line(report.Diverged ? "The loss exploded; the test ended there." : "The loss did not explode up to the last rate.");
        console.Line(Invariant($"lowest smoothed loss {report.Lowest.Smoothed:f4} at {Display.Number(report.Lowest.LearningRate)}; a tenth of that rate is {Display.Number(report.TenthOfLowest)}"));
        console.Line(report.Steepest is { } steepest
            ? $"steepest descent at {Display.Number(steepest.LearningRate)}: try --lr {Display.Number(steepest.LearningRate)}"
            : "The loss never fell: widen --from and --to, or take more --steps.");
    }

    private static JsonObject ToJson(Network network, DatasetSplits data, OptimizerKind kind, LearningRateReport report) => new()
    {
        ["network"] = network.Name,
        ["data"] = data.Reference,
        ["optimizer"] = RecipeWords.Of(kind),
        ["steepest"] = report.Steepest?.LearningRate,
        ["tenth_of_lowest"] = report.TenthOfLowest,
        ["lowest_loss"] = report.Lowest.Smoothed,
        ["diverged"] = report.Diverged,
        ["points"] = new JsonArray([.. report.Points.Select(static p => new JsonObject { ["lr"] = p.LearningRate, ["loss"] = p.Loss, ["smoothed"] = p.Smoothed })]),
    };

    private void RequireRange(CommandContext context)
    {
        var (from, to) = (context.Get(_from), context.Get(_to));
        var problems = new List<string>();
        if (!(from > 0 && to > from && double.IsFinite(to)))
        {
            problems.Add(Invariant($"--from is {from:g3} and --to {to:g3}: rates are above 0 and grow"));
        }

        if (context.Get(_steps) < FewestSteps)
        {
            problems.Add($"--steps is {context.Get(_steps)}; at least {FewestSteps} are needed to see a slope");
        }

        if (problems.Count > 0)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{string.Join("; ", problems)}.");
        }
    }

    private void RequireBatch(CommandContext context, DatasetSplits data)
    {
        if (context.Get(_batch) is var batch && (batch < 1 || batch > data.Train.Count))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--batch is {batch}, but the training split of {data.Reference} has {data.Train.Count} images. Use a --batch from 1 to that number.");
        }
    }

    private static void Write(string file, LineChart chart)
    {
        try
        {
            File.WriteAllText(file, chart.ToSvg());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write the chart to '{file}': {failure.Message}", failure);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
