using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Graphs.Weights;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Weights;

namespace Toolchain.Train.Commands;

/// <summary><c>train import-weights FILE --network NETWORK</c>: publishes a documented network with weights that were trained elsewhere.</summary>
internal sealed class ImportWeightsCommand : ToolCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = $"A state dict of PyTorch's or a safetensors file ({WeightFile.Extensions}); no code in it is ever run." };
    private readonly Option<string> _network = new("--network") { Description = "The network that the weights are for; see: train networks.", HelpName = "NETWORK", Required = true };
    private readonly SetOption _set = new();
    private readonly InputOption _input = new() { Description = "The image size.", DefaultValueFactory = null, Required = true };
    private readonly Option<int> _classes = new("--classes") { Description = "The number of classes.", HelpName = "N", Required = true };
    private readonly Option<string> _name = new("--name") { Description = "The model's name in the registry.", HelpName = "NAME", Required = true };
    private readonly Option<bool> _lenient = new("--lenient") { Description = "Load what fits and report the rest; weights that are missing keep random first values." };
    private readonly NormalisationOptions _normalisation = new();
    private readonly Option<string?> _labels = new("--labels") { Description = "A text file with the classes' names, one per line, in the order of the logits.", HelpName = "FILE" };
    private readonly ModelsOption _models = new();

    public ImportWeightsCommand()
        : base(
            "import-weights",
            "Publish a documented network with weights from PyTorch.",
            "import-weights weights.pth --network cnnnet --set size=small --input 1x28x28 --classes 10 --name cnn",
            "import-weights weights.safetensors --network cnnnet --input 3x224x224 --classes 2 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --labels labels.txt --name cats")
    {
        Add(_file);
        Add(_network);
        Add(_set);
        Add(_input);
        Add(_classes);
        Add(_name);
        Add(_lenient);
        _normalisation.AddTo(this);
        Add(_labels);
        Add(_models);
        _classes.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--classes must be at least 1.");
            }
        });
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var network = NetworkCatalog.Get(context.Get(_network));
        var classes = context.Get(_classes);
        var request = new WeightImportRequest(
            context.Get(_file),
            network,
            _set.Read(context, network),
            _normalisation.Read(context, context.Get(_input)),
            classes,
            context.Get(_labels) is { } labels ? LabelFile.Read(labels, classes) : [],
            ModelName.Checked("Model name", context.Get(_name)),
            context.Get(_lenient));
        Report(context.Console, new WeightImport(request, context.Registry(_models)).Execute(), request.File);
        return Task.FromResult(ExitCode.Ok);
    }

    private static void Report(CommandConsole console, WeightImportReport outcome, string file)
    {
        var report = outcome.Report;
        console.Line($"{file}: {outcome.Weights.Tensors.Count} weights{(outcome.Weights.Entry is { } entry ? $" in entry '{entry}', {outcome.Weights.OtherEntries.Count} other entries left alone" : "")}");
        foreach (var line in report.Lines())
        {
            console.Line(line);
        }

        if (report.Missing.Count + report.Mismatched.Count > 0)
        {
            console.Warn($"{report.Missing.Count + report.Mismatched.Count} weights of {outcome.Model} have random first values; train it before it is used.");
        }

        console.Line($"published {outcome.Model}");
        console.Result(new JsonObject
        {
            ["model"] = outcome.Model.ToString(),
            ["loaded"] = Display.Json(report.Loaded),
            ["missing"] = Display.Json(report.Missing),
            ["unexpected"] = Display.Json(report.Unexpected),
            ["mismatched"] = new JsonArray([.. report.Mismatched.Select(static m => new JsonObject { ["name"] = m.Name, ["expected"] = m.Expected.ToString(), ["found"] = m.Found.ToString() })]),
            ["ignored"] = Display.Json(report.Ignored),
            ["tied"] = Display.Json(report.Tied),
            ["converted"] = Display.Json(report.Converted.Select(static c => c.Name)),
            ["stripped_prefix"] = report.StrippedPrefix,
            ["entry"] = outcome.Weights.Entry,
        });
    }
}
