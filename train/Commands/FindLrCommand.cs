using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Registry.Cli;
using Toolchain.Train.Drawing;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using Toolchain.Train.Recipes;
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

    // Where a rate is sought, the schedule and the length of a run have no meaning, nor has what is done with its epochs.
    private static readonly string[] WithoutMeaning =
    [
        "epochs", "steps", "early_stop", "validation", "accumulate", "lr", "schedule", "step_size", "milestones", "gamma", "cycle", "power", "min_lr", "patience", "warm_up", "last_epoch",
        "ema", "swa", "unfreeze_at", "sizes",
    ];

    private readonly SourceOptions _source = new();
    private readonly DataOption _data = new();
    private readonly Option<double> _start = new("--start-lr") { Description = "The first rate.", HelpName = "RATE", DefaultValueFactory = static _ => 1e-7 };
    private readonly Option<double> _end = new("--end-lr") { Description = "The last rate.", HelpName = "RATE", DefaultValueFactory = static _ => 10 };
    private readonly Option<int> _steps = new("--steps") { Description = "Steps from the first rate to the last.", HelpName = "N", DefaultValueFactory = static _ => 100 };
    private readonly Option<string?> _plot = new("--plot") { Description = "Also draw the losses into this file.", HelpName = "FILE.svg" };
    private readonly DataReadingOptions _reading = new();
    private readonly RecipeOptions _recipe = new(static s => !WithoutMeaning.Contains(s.Key));
    private readonly ComputeOptions _compute = new();
    private readonly ModelsOption _models = new();
    private readonly SeedOption _seed = new();

    public FindLrCommand()
        : base(
            "find-lr",
            "Try growing learning rates on a network and propose one; nothing is published.",
            "find-lr cnnnet --set size=small --data fashion-mnist",
            "find-lr resblocks --data fashion-mnist --optimizer sgd --plot rates.svg")
    {
        _source.AddTo(this);
        foreach (var option in (Option[])[_data, _start, _end, _steps, _plot])
        {
            Add(option);
        }

        _reading.AddTo(this);
        _recipe.AddTo(this);
        _compute.AddTo(this);
        Add(_seed);
        Add(_models);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        RequireRange(context);
        var recipe = _recipe.Read(context, context.Get(_seed), standard: new TrainingRecipe { Schedule = ScheduleKind.Constant, ValidationShare = 0 });
        var source = _source.Resolve(context, context.Registry(_models));
        var device = TorchDevice.Resolve(context.Get(_compute.Device));
        TorchDevice.UseThreads(context.Get(_compute.Threads));
        var data = TrainingData.Open(context.Get(_data), recipe, _reading.Read(context, cancellationToken), new() { OwnFirst = false });
        data.Splits.Warn(context.Console);
        source.RequireTask(data.Task);
        var graph = source.BuildForTraining(
            data.Size, data.Outputs, _source.Classes(context) is not null, _source.Edits(context), recipe.Seed, recipe.CreateInitialization()).Graph;
        var report = Search(context, recipe, graph, data, device, cancellationToken);
        Show(context.Console, report);
        if (context.Get(_plot) is { } file)
        {
            Write(file, Chart($"{source.Name} on {data.Splits.Reference}, {recipe.Optimizer.Text()}", report));
        }

        context.Console.Result(ToJson(source.Name, data.Splits.Reference, recipe.Optimizer, report));
        return Task.FromResult(ExitCode.Ok);
    }

    /// <summary>The losses over the rates, with the proposal marked.</summary>
    internal static LineChart Chart(string title, LearningRateReport report) => new(
        title,
        new("learning rate", AxisScale.Logarithmic),
        new("loss", To: Ceiling(report)),
        [
            new ChartLine("batch", [.. report.Points.Select(static p => new ChartPoint(p.LearningRate, p.Loss))], Dashed: true),
            new ChartLine("smoothed", [.. report.Points.Select(static p => new ChartPoint(p.LearningRate, p.Smoothed))]),
            new ChartMarkers("steepest", report.Steepest is { } s ? [new(s.LearningRate, s.Smoothed, Display.Number(s.LearningRate))] : []),
        ]);

    // Where the loss explodes it would press everything before that flat, so the drawing is cut off above what training begins with; null where nothing is.
    private static double? Ceiling(LearningRateReport report)
    {
        var shown = 1.5 * report.Points.TakeWhile(p => p != report.Lowest).Append(report.Lowest).Max(static p => p.Smoothed);
        return shown > 0 && report.Points.Any(p => p.Loss > shown) ? shown : null;
    }

    private LearningRateReport Search(
        CommandContext context, TrainingRecipe recipe, Graph graph, TrainingData data, torch.Device device, CancellationToken cancellation)
    {
        var mode = ComputeModeChoice.Choose(
            graph, device, recipe.BatchSize ?? ComputeModeChoice.LargestTrialBatch, _compute.ReadPrecision(context), _compute.ReadLayout(context), ComputeModeMemory.OfUser).Mode;
        var batch = recipe.BatchSize ?? BatchSizeSearch.Find(graph, device, mode, recipe, data.Split.Train.Length, context.Console);
        context.Console.Line(Invariant(
            $"{graph.Name} on {data.Splits.Reference}: {context.Get(_steps)} steps of {recipe.Optimizer.Text()} with {batch} samples, rates from {context.Get(_start):g3} to {context.Get(_end):g3}, computing in {mode}"));

        using var loss = LossCatalog.Create(
            recipe.CreateLossOptions(() => [.. Data.ClassWeights.Balanced(data.Splits.Train, data.Split.Train)]), data.Task, data.Outputs, OutputForms.Of(graph));
        using var network = new GraphExecutor(graph, device, mode) { CheckpointSegments = recipe.CheckpointSegments };
        using var feeder = new BatchFeeder(data.Preprocessing, device, mode);
        var frozen = new Freezing(recipe, [.. network.Weights.Parameters.Keys]).FrozenAt(1);
        network.Weights.Freeze(frozen);
        using var optimizer = recipe.CreateOptimizer(recipe.CreateGroups(network.Weights.Parameters));
        var step = new TrainingStep(recipe, loss, optimizer) { Scaler = mode.Precision == Precision.Float16 ? new() : null };
        return new LearningRateSearch(network, feeder, data.Training(recipe, batch, workers: 1), step)
            .Run(context.Get(_start), context.Get(_end), context.Get(_steps), cancellation);
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
            : "The loss never fell: widen --start-lr and --end-lr, or take more --steps.");
    }

    private static JsonObject ToJson(string network, string data, OptimizerKind kind, LearningRateReport report) => new()
    {
        ["network"] = network,
        ["data"] = data,
        ["optimizer"] = kind.Text(),
        ["steepest"] = report.Steepest?.LearningRate,
        ["tenth_of_lowest"] = report.TenthOfLowest,
        ["lowest_loss"] = report.Lowest.Smoothed,
        ["diverged"] = report.Diverged,
        ["points"] = new JsonArray([.. report.Points.Select(static p => new JsonObject { ["lr"] = p.LearningRate, ["loss"] = p.Loss, ["smoothed"] = p.Smoothed })]),
    };

    private void RequireRange(CommandContext context)
    {
        var (from, to) = (context.Get(_start), context.Get(_end));
        var problems = new List<string>();
        if (!(from > 0 && to > from && double.IsFinite(to)))
        {
            problems.Add(Invariant($"--start-lr is {from:g3} and --end-lr {to:g3}: rates are above 0 and grow"));
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
