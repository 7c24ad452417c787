using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Inside;
using static Toolchain.Train.Loop.SkippedFiles;

namespace Toolchain.Train.Commands;

/// <summary>
/// <c>train look REF --data DATA</c>: pictures of what a trained model has learned and of what it goes by: filters, dreams, saliency, Grad-CAM, and its
/// worst mistakes.
/// </summary>
internal sealed class LookCommand : ToolCommand
{
    private readonly ReferenceArgument _reference = new();
    private readonly DataOption _data = new();
    private readonly DataReadingOptions _reading = new();
    private readonly LookOptions _options = new();
    private readonly Option<string?> _out = new("--out") { Description = "The folder for the pictures (default: looks/MODEL-VERSION).", HelpName = "DIR" };
    private readonly SeedOption _seed = new();
    private readonly DeviceOption _device = new();
    private readonly ThreadsOption _threads = new();
    private readonly ModelsOption _models = new();

    public LookCommand()
        : base(
            "look",
            "Draw what a trained model has learned and what it goes by, as PNG files.",
            "look cnnnet --data fashion-mnist",
            "look cnnnet:3 --data fashion-mnist --dream all --dream features.3:17 --dream-steps 500",
            "look cnnnet --data fashion-mnist --saliency 20 --grad-cam 20 --layer features.3 --out pictures")
    {
        Add(_reference);
        Add(_data);
        _reading.AddTo(this, withSize: false);
        _options.AddTo(this);
        Add(_out);
        Add(_seed);
        Add(_device);
        Add(_threads);
        Add(_models);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (choice, console) = (_options.Read(context), context.Console);
        var version = context.Registry(_models).Resolve(context.Get(_reference));
        var graph = OnnxFile.Read(version.OpenArtifact(ArtifactKinds.Graph).Path).Graph;
        var device = TorchDevice.Resolve(context.Get(_device));
        TorchDevice.UseThreads(context.Get(_threads));
        var data = DatasetCatalog.Open(context.Get(_data), _reading.Read(context, cancellationToken).For(version.Manifest.Preprocessing));
        data.Warn(console);
        if (data.Test.Inputs is not ImageInputs)
        {
            throw new ToolchainException(ErrorKind.Usage, $"There is nothing to look at in {data.Reference}: it is a table, and pictures need a model of images.");
        }

        var model = new TrainedModel($"{version}", graph, version.Manifest.Preprocessing, data.Test, EvaluationFit.Require([version], [graph], data), device);
        var path = context.Get(_out) ?? Path.Combine("looks", $"{version.Name}-{version.Version}");
        var folder = Draw(context, choice, model, path, cancellationToken);
        folder.WriteIndex();
        var pictures = folder.Index();
        console.Line($"{Display.Count(pictures.Count, "picture")} of {model.Name} in {path}");
        console.Result(new JsonObject { ["model"] = model.Name, ["data"] = data.Reference, ["folder"] = path, ["pictures"] = pictures });
        return Task.FromResult(ExitCode.Ok);
    }

    private LookFolder Draw(CommandContext context, LookChoice choice, TrainedModel model, string path, CancellationToken cancellation)
    {
        using var network = new ScoredNetwork(model.Graph, model.Test.Task, model.Device);

        // Everything that can be wrong with the choice is found before the first file is written.
        var filters = choice.Filters ? FirstFilters.Find(model.Graph) : null;
        RequireTechniques(choice, model, filters is not null);
        var targets = choice.Dreams.SelectMany(text => DreamTarget.Parse(text, network, model.OutputNames)).Distinct().ToArray();
        var gradCam = choice.GradCam > 0 && (!choice.IsAll || choice.Layer is not null || network.Convolutions.Any()) ? new GradCam(network, choice.Layer) : null;
        var (folder, seed) = (new LookFolder(path), context.Get(_seed));
        if (filters is { } first)
        {
            folder.Add("filters", FirstFilters.Sheet(first.Weights), $"the filters of {first.Layer}", ("layer", first.Layer), ("filters", first.Weights.Dimensions[0]));
        }

        if (targets.Length > 0)
        {
            var start = choice.DreamStart is { } index ? model.Test.Image(index) : [];
            var dreamer = new Dreamer(network, model.Input, new() { Steps = choice.DreamSteps, Seed = seed });
            context.Console.Table(new DreamSheet(model, folder).Write(dreamer.Run(targets, start, cancellation)));
        }

        var explanations = new Explanations(model, network, folder);
        if (choice.Saliency > 0)
        {
            explanations.Saliency(choice.Saliency, new(network, choice.SmoothGrad, seed: seed), cancellation);
        }

        if (gradCam is not null)
        {
            explanations.GradCam(choice.GradCam, gradCam, cancellation);
        }

        if (choice.Mistakes > 0 && model.Test.Task == ModelTask.Classification)
        {
            var found = new MistakeSheet(model, folder).Write(choice.Mistakes, cancellation);
            context.Console.Line(found > 0 ? $"the {Display.Count(found, "worst mistake")} of {model.Test.Count} test images" : "no mistake in the test images");
        }

        return folder;
    }

    private static void RequireTechniques(LookChoice choice, TrainedModel model, bool hasFilters)
    {
        if (choice.DreamStart is { } index && (index < 0 || index >= model.Test.Count))
        {
            throw new ToolchainException(ErrorKind.Usage, $"--dream-from is {index}, but the test images are 0 to {model.Test.Count - 1}.");
        }

        if (choice is { IsAll: false, Filters: true } && !hasFilters)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--filters draws the first convolution, and {model.Name} has none. Leave it out.");
        }

        if (choice is { IsAll: false, Mistakes: > 0 } && model.Test.Task != ModelTask.Classification)
        {
            throw new ToolchainException(ErrorKind.Usage, $"--mistakes shows wrongly classified images, but {model.Name} is for {model.Test.Task.Text()}. Leave it out.");
        }
    }
}
