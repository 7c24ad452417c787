using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using TorchSharp;

namespace Toolchain.Train.Commands;

/// <summary>
/// <c>train evaluate REF [REF…] --data DATA</c>: how good a trained model's predictions are, in float32, or those of an ensemble: the mean of its
/// members' probabilities. A model for regression or segmentation is measured by its errors or overlaps.
/// </summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private readonly ReferencesArgument _references = new("The model: name (its highest version), name:3 or name@alias; several are an ensemble.");
    private readonly DataOption _data = new();
    private readonly DataReadingOptions _reading = new();
    private readonly EvaluateCommandOptions _options = new();
    private readonly DeviceOption _device = new();
    private readonly ThreadsOption _threads = new();
    private readonly ModelsOption _models = new();

    public EvaluateCommand()
        : base(
            "evaluate",
            "Measure a trained model, or an ensemble of several, on a data set.",
            "evaluate cnnnet --data fashion-mnist",
            "evaluate cnnnet@production --data fashion-mnist --per-class --confusion --calibration reliability.svg",
            "evaluate cnnnet:1 cnnnet:2 resblocks --data fashion-mnist --tta flip,shift:1 --json")
    {
        Add(_references);
        Add(_data);
        _reading.AddTo(this, withSize: false);
        _options.AddTo(this);
        Add(_device);
        Add(_threads);
        Add(_models);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var registry = context.Registry(_models);
        var models = context.Get(_references).Select(registry.Resolve).ToArray();
        var graphs = models.Select(static m => OnnxFile.Read(m.OpenArtifact(ArtifactKinds.Graph).Path).Graph).ToArray();
        var device = TorchDevice.Resolve(context.Get(_device));
        TorchDevice.UseThreads(context.Get(_threads));
        var data = DatasetCatalog.Open(context.Get(_data), _reading.Read(context, cancellationToken).For(models[0].Manifest.Preprocessing));
        data.Warn(context.Console);
        var names = EvaluationFit.Require(models, graphs, data);
        var split = _options.ReadSplit(context);
        var (images, indices) = EvaluationSplits.Find(split, data, models);
        if (data.Test.Task != ModelTask.Classification)
        {
            _options.RequireFit(context, data, models);
            return Task.FromResult(Measure(context, models[0], graphs[0], data, split, images.Subset(indices), names, device, cancellationToken));
        }

        var options = _options.Read(context, names.Count);
        var classifiers = new List<Classifier>();
        try
        {
            classifiers.AddRange(models.Zip(graphs, (model, graph) => new Classifier(model.ToString(), graph, model.Manifest.Preprocessing, device)));
            var report = Evaluator.Evaluate(classifiers, images, indices, options, cancellationToken);
            var title = $"{string.Join(" + ", classifiers.Select(static c => c.Name))} on {data.Reference} ({EvaluationSplits.Text(split)})";
            var drawing = _options.DrawCalibration(context, report.Report.Calibration, title);
            Show(context, title, report, options, names, drawing);
            context.Console.Result(Result(report, [.. classifiers.Select(static c => c.Name)], data, split, options, names, drawing));
            return Task.FromResult(ExitCode.Ok);
        }
        finally
        {
            classifiers.ForEach(static c => c.Dispose());
        }
    }

    private ExitCode Measure(
        CommandContext context, ModelVersion model, Graph graph, DatasetSplits data, EvaluationSplit split, Dataset samples, IReadOnlyList<string> names, torch.Device device, CancellationToken cancellationToken)
    {
        var (console, batch, input) = (context.Console, _options.ReadBatch(context), model.Manifest.Preprocessing);
        var report = samples.Task == ModelTask.Regression
            ? TaskReport.Of(TestMeasurement.Regression(graph, input, samples, batch, device, cancellationToken), names)
            : TaskReport.Of(TestMeasurement.Segmentation(graph, input, samples, batch, device, cancellationToken), names);
        var accuracy = report.Metrics.Accuracy is { } share ? string.Create(CultureInfo.InvariantCulture, $"accuracy {share:p2}, ") : "";
        console.Line(string.Create(
            CultureInfo.InvariantCulture, $"{model} on {data.Reference} ({EvaluationSplits.Text(split)}): {accuracy}loss {report.Metrics.Loss:f4}, {report.Metrics.Images:n0} samples"));
        console.Table(report.Facts());
        if (_options.WantsClasses(context))
        {
            console.Line();
            console.Table(report.Parts);
        }

        var confusion = _options.WantsConfusion(context) ? report.Confusion : null;
        if (confusion is not null)
        {
            console.Line();
            console.Table(ClassificationText.Confusion(confusion, names));
        }

        console.Result(new JsonObject(
        [
            Entry("model", model.ToString()),
            Entry("data", data.Reference),
            Entry("split", EvaluationSplits.Text(split)),
            Entry("accuracy", report.Metrics.Accuracy),
            Entry("loss", report.Metrics.Loss),
            Entry("images", report.Metrics.Images),
            .. (report.Metrics.Values ?? new Dictionary<string, double>()).Select(static v => Entry(v.Key, v.Value)),
            report.Json,
            Entry("confusion", confusion is null ? null : ClassificationJson.Rows(confusion)),
        ]));
        return ExitCode.Ok;
    }

    private void Show(CommandContext context, string title, EvaluationReport evaluation, EvaluationOptions options, IReadOnlyList<string> names, string? drawing)
    {
        var (console, report) = (context.Console, evaluation.Report);
        var views = options.Augmentation.Views.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $", mean of {options.Augmentation.Views.Length} views") : "";
        console.Line(string.Create(CultureInfo.InvariantCulture, $"{title}: accuracy {report.Accuracy:p2}, loss {report.Loss:f4}, {report.Images:n0} images{views}"));
        console.Table(ClassificationText.Facts(report));
        if (evaluation.Disagreement is { } disagreement)
        {
            console.Line();
            console.Table(ClassificationText.Members(evaluation));
            console.Line(string.Create(CultureInfo.InvariantCulture, $"mean disagreement of the members: {disagreement:f4} nats"));
        }

        if (_options.WantsClasses(context))
        {
            console.Line();
            console.Table(ClassificationText.Classes(report, names));
        }

        if (report.Confusion is { } confusion)
        {
            console.Line();
            console.Table(ClassificationText.Confusion(confusion, names));
        }

        if (drawing is not null)
        {
            console.Line($"reliability diagram in {drawing}");
        }
    }

    // Beside what ClassificationJson documents: model (a reference, or several with +), data, split, tta (null for none), members (each with its
    // model and summary; empty for one model), disagreement (nats; null for one model), calibration (the diagram's path, or null).
    private static JsonObject Result(
        EvaluationReport evaluation, IReadOnlyList<string> models, DatasetSplits data, EvaluationSplit split, EvaluationOptions options, IReadOnlyList<string> names, string? drawing) => new(
    [
        Entry("model", string.Join('+', models)),
        Entry("data", data.Reference),
        Entry("split", EvaluationSplits.Text(split)),
        Entry("tta", options.Augmentation.Views.Length > 1 ? options.Augmentation.ToString() : null),
        .. ClassificationJson.Of(evaluation.Report, names),
        Entry("members", new JsonArray([.. evaluation.Members.Select(static m => new JsonObject([Entry("model", m.Name), .. ClassificationJson.Summary(m.Report)]))])),
        Entry("disagreement", evaluation.Disagreement),
        Entry("calibration", drawing),
    ]);

    private static KeyValuePair<string, JsonNode?> Entry(string name, JsonNode? value) => new(name, value);
}
