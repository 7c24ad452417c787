using System.CommandLine;
using System.Text.Json.Nodes;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Weights;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>train export-weights REF FILE</c>: writes a model's parameters and buffers under PyTorch's names, for <c>load_state_dict</c>.</summary>
internal sealed class ExportWeightsCommand : ToolCommand
{
    private readonly ReferenceArgument _reference = new();
    private readonly Argument<string> _file = new("FILE") { Description = $"The file to write; its extension is its format ({WeightFile.Extensions})." };
    private readonly Option<string> _prefix = new("--prefix") { Description = "What to put in front of every name: module. for a network inside nn.DataParallel.", HelpName = "TEXT", DefaultValueFactory = static _ => "" };
    private readonly ModelsOption _models = new();

    public ExportWeightsCommand()
        : base("export-weights", "Write a model's weights for PyTorch.", "export-weights cnnnet weights.pth", "export-weights cnnnet@production weights.safetensors --prefix module.")
    {
        Add(_reference);
        Add(_file);
        Add(_prefix);
        Add(_models);
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (file, prefix) = (context.Get(_file), context.Get(_prefix));
        WeightFile.RequireKnown(file);
        var model = context.Registry(_models).Resolve(context.Get(_reference));
        var weights = OnnxFile.Read(model.OpenArtifact(ArtifactKinds.Graph).Path).Graph.Initializers;
        WeightFile.Write(file, weights.Select(p => KeyValuePair.Create(prefix + p.Key, p.Value)));
        var bytes = new FileInfo(file).Length;
        context.Console.Line($"wrote {Display.Count(weights.Count, "weight")} of {model} to {file}, {Display.Bytes(bytes)}");
        context.Console.Result(new JsonObject
        {
            ["model"] = model.ToString(),
            ["path"] = file,
            ["weights"] = Display.Json(weights.Keys.Select(name => prefix + name)),
            ["bytes"] = bytes,
        });
        return Task.FromResult(ExitCode.Ok);
    }
}
