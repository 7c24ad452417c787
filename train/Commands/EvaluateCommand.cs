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

namespace Toolchain.Train.Commands;

/// <summary><c>train evaluate REF --data DATA</c>: loss and accuracy of a trained model on a test split, in float32.</summary>
internal sealed class EvaluateCommand : ToolCommand
{
    private readonly ReferenceArgument _reference = new();
    private readonly DataOption _data = new();
    private readonly DeviceOption _device = new();
    private readonly ThreadsOption _threads = new();
    private readonly ModelsOption _models = new();

    public EvaluateCommand()
        : base("evaluate", "Measure a trained model on a data set's test split.", "evaluate cnnnet --data fashion-mnist", "evaluate cnnnet@production --data fashion-mnist --json")
    {
        Add(_reference);
        Add(_data);
        Add(_device);
        Add(_threads);
        Add(_models);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var model = context.Registry(_models).Resolve(context.Get(_reference));
        var graph = OnnxFile.Read(model.OpenArtifact(ArtifactKinds.Graph).Path).Graph;
        var device = TorchDevice.Resolve(context.Get(_device));
        TorchDevice.UseThreads(context.Get(_threads));
        var data = DatasetCatalog.Open(context.Get(_data));
        RequireFit(model, graph, data);

        using var network = new GraphExecutor(graph, device);
        using var feeder = new ImageFeeder(model.Manifest.Preprocessing, device, ComputeMode.Default);
        var loader = new BatchLoader(data.Test, Enumerable.Range(0, data.Test.Count).ToArray());
        var score = Evaluator.Measure(network, feeder, loader, cancellationToken);
        context.Console.Line(string.Create(
            CultureInfo.InvariantCulture, $"{model} on {data.Reference} (test): accuracy {score.Accuracy:p2}, loss {score.Loss:f4}, {score.Images:n0} images"));
        context.Console.Result(new JsonObject
        {
            ["model"] = model.ToString(),
            ["data"] = data.Reference,
            ["accuracy"] = score.Accuracy,
            ["loss"] = double.IsFinite(score.Loss) ? score.Loss : null,
            ["images"] = score.Images,
        });
        return Task.FromResult(ExitCode.Ok);
    }

    private static void RequireFit(ModelVersion model, Graph graph, DatasetSplits data)
    {
        var (expected, found) = (model.Manifest.Preprocessing, data.Test);
        if ((expected.Channels, expected.Height, expected.Width) != (found.Channels, found.Height, found.Width))
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"Model {model} takes {expected.Channels}x{expected.Height}x{expected.Width} images, but {data.Reference} has {found.Channels}x{found.Height}x{found.Width}. Use the data set that it was trained for.");
        }

        // An imported model may have classes without knowing their names.
        var classes = graph.Outputs[0].Type.Shape is [.., { IsKnown: true } last] ? last.Value : model.Manifest.Labels.Count;
        if (classes != found.ClassNames.Length)
        {
            throw new ToolchainException(
                ErrorKind.BadInput, $"Model {model} has {classes} classes, but {data.Reference} has {found.ClassNames.Length}. Use the data set that it was trained for.");
        }
    }
}
