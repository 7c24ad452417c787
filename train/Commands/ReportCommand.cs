using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Reports;
using TorchSharp;

namespace Toolchain.Train.Commands;

/// <summary><c>train report RUN…</c>: one run, or several compared, as an HTML file that needs nothing else.</summary>
internal sealed class ReportCommand : ToolCommand
{
    private readonly Argument<string[]> _runs = new("RUN") { Description = "A run's folder, such as runs/mlp-20260131-120000; several are compared.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _out = new("--out") { Description = "The file (default: report.html in the run's folder; for several runs comparison.html beside the first one's).", HelpName = "FILE.html" };
    private readonly Option<string?> _data = new("--data") { Description = "Measure with this data set instead of the one that the run names.", HelpName = "DATA" };
    private readonly Option<bool> _logOnly = new("--log-only") { Description = "Do not measure the published model: only what the logs say, at once." };
    private readonly Option<int> _mistakes = new("--mistakes") { Description = "How many of the worst mistakes to show.", HelpName = "N", DefaultValueFactory = static _ => 24 };
    private readonly DeviceOption _device = new();
    private readonly ThreadsOption _threads = new();
    private readonly ModelsOption _models = new() { Description = "The folder of the model registry (default: the one that the run published in).", DefaultValueFactory = null };

    public ReportCommand()
        : base(
            "report",
            "Write a report on a run, or a comparison of several, as one HTML file.",
            "report runs/cnnnet-20260131-120000",
            "report runs/mlp-20260131-120000 runs/cnnnet-20260131-120500 --out comparison.html",
            "report runs/cnnnet-20260131-120000 --log-only")
    {
        Add(_runs);
        Add(_out);
        Add(_data);
        Add(_logOnly);
        Add(_mistakes);
        Add(_device);
        Add(_threads);
        Add(_models);
        _mistakes.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError("--mistakes must be at least 0.");
            }
        });
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        RequireUse(context);
        var folders = context.Get(_runs);
        if (folders.CountBy(Path.GetFullPath).FirstOrDefault(static f => f.Value > 1) is { Key: { } twice })
        {
            throw new ToolchainException(ErrorKind.Usage, $"'{twice}' was given twice. Compare different runs.");
        }

        var records = folders.Select(RunRecord.Read).ToArray();
        var path = context.Get(_out) ?? (records.Length == 1
            ? Path.Combine(records[0].Folder, "report.html")
            : Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(records[0].Folder)) ?? "", "comparison.html"));
        var device = TorchDevice.Resolve(context.Get(_device));
        TorchDevice.UseThreads(context.Get(_threads));
        var runs = records.Select(run => Reported(context, run, device, cancellationToken)).ToArray();
        Write(path, (runs.Length == 1 ? RunReportPage.Of(runs[0]) : ComparisonPage.Of(runs)).ToHtml());
        context.Console.Line($"report: {path}");
        context.Console.Result(new JsonObject { ["report"] = path, ["runs"] = new JsonArray([.. runs.Select(ToJson)]) });
        return Task.FromResult(ExitCode.Ok);
    }

    private void RequireUse(CommandContext context)
    {
        if (context.Get(_logOnly) && new Option[] { _data, _mistakes, _device, _threads }.Where(context.WasGiven).Select(static o => o.Name).ToArray() is { Length: > 0 } idle)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--log-only measures nothing, so {string.Join(" and ", idle)} {(idle.Length == 1 ? "has" : "have")} no effect. Leave out one of them.");
        }
    }

    private ReportedRun Reported(CommandContext context, RunRecord run, torch.Device device, CancellationToken cancellation)
    {
        // The run knows where its model and its data are, unless they have been moved.
        var registry = context.WasGiven(_models) ? context.Registry(_models) : new ModelRegistry(run.Spec.Models, context.Time);
        var model = Obtained<PublishedModel>.From(() => PublishedModel.Of(run, registry));
        if (context.Get(_logOnly))
        {
            return new(run, model, Obtained<TestResult>.Not("The report was made with --log-only."));
        }

        var test = model.Value is { } published
            ? Obtained<TestResult>.From(() => TestResult.Measure(
                published, context.Get(_data) ?? run.Spec.Data, run.Spec.Reading.ToOptions() with { Cancellation = cancellation }, context.Get(_mistakes), device, cancellation))
            : Obtained<TestResult>.Not(model.WhyNot!);
        if (test.WhyNot is { } why && run.State == RunState.Published)
        {
            context.Console.Warn($"{run.Folder}: the test split was not measured. {why} Say where the model and the data are with --models and --data.");
        }

        return new(run, model, test);
    }

    private static void Write(string path, string html)
    {
        try
        {
            File.WriteAllText(path, html);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException(ErrorKind.Unavailable, $"Cannot write the report '{path}': {refusal.Message} Choose another place with --out.", refusal);
        }
    }

    private static JsonObject ToJson(ReportedRun reported) => new()
    {
        ["run"] = reported.Run.Folder,
        ["state"] = reported.State,
        ["model"] = reported.Run.Model,
        ["epochs"] = reported.Run.Epochs.Count,
        ["accuracy"] = reported.TestMetrics?.Accuracy,
        ["loss"] = reported.TestMetrics?.Loss,
        ["measured"] = reported.Test.Value is not null,
        ["why_not"] = reported.Test.WhyNot,
    };
}
