using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Graphs.Editing;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Train.Sources;

namespace Toolchain.Train.Commands;

/// <summary><c>train describe NETWORK|REF|FILE.onnx</c>: the layers of a network with their shapes, sizes and costs, as a table and as a drawing.</summary>
internal sealed class DescribeCommand : ToolCommand
{
    private readonly Argument<string> _network = new("NETWORK|REF|FILE.onnx") { Description = "A network of the catalog, a model of the registry, or an ONNX file." };
    private readonly SetOption _set = new();
    private readonly InputOption _input = new();
    private readonly Option<int?> _classes = new("--classes") { Description = "The number of classes (default: 10 for a network; a model or file keeps its own, and gets another head when it is given).", HelpName = "N" };
    private readonly EditOptions _edits = new();
    private readonly SvgOption _svg = new();
    private readonly ModelsOption _models = new();

    public DescribeCommand()
        : base(
            "describe",
            "Show a network's layers: shapes, parameters, multiply-adds, memory, receptive field.",
            "describe cnnnet --input 3x224x224 --classes 2",
            "describe resblocks --set blocks=3 --svg resblocks.svg",
            "describe mlp --replace 'relu1=LeakyReLU(0.1)' --json")
    {
        Add(_network);
        Add(_set);
        Add(_input);
        Add(_classes);
        _edits.AddTo(this);
        Add(_svg);
        Add(_models);
        _classes.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
            {
                result.AddError("--classes must be at least 1.");
            }
        });
    }

    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var edited = _edits.Read(context).Apply(Graph(context), seed: 0);
        foreach (var change in edited.Changes)
        {
            context.Console.Line($"changed {change}");
        }

        var table = LayerTable.Of(edited.Graph);
        WriteText(context.Console, edited.Graph, table);
        _svg.Write(context, edited.Graph, table);
        context.Console.Result(ToJson(edited, table));
        return Task.FromResult(ExitCode.Ok);
    }

    private Graph Graph(CommandContext context)
    {
        var name = context.Get(_network);
        if (NetworkSource.IsFile(name) || NetworkCatalog.All.Any(n => n.Name == name))
        {
            return NetworkSource.Resolve(name, _set.Read(context)).Build(context.WasGiven(_input) ? context.Get(_input) : null, context.Get(_classes), seed: 0);
        }

        var registry = context.Registry(_models);
        if (!name.Contains(':', StringComparison.Ordinal) && !name.Contains('@', StringComparison.Ordinal) && registry.List().All(m => m.Name != name))
        {
            throw new ToolchainException(
                ErrorKind.Usage,
                $"'{name}' is neither a network nor a model.{Nearest.Hint(name, NetworkCatalog.All.Select(static n => n.Name).Concat(registry.List().Select(static m => m.Name)))} Networks: {string.Join(", ", NetworkCatalog.All.Select(static n => n.Name))}. Models: train models list.");
        }

        if (new Option[] { _set, _input }.Where(context.WasGiven).Select(static o => o.Name).ToArray() is { Length: > 0 } idle)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{string.Join(", ", idle)}: model {name} was built with its own. Leave out what has no effect, or name a network of the catalog.");
        }

        var graph = OnnxFile.Read(registry.Resolve(name).OpenArtifact(ArtifactKinds.Graph).Path).Graph;
        return context.Get(_classes) is { } classes ? new NetworkEdits([new GraphEdit.Classes(classes)]).Apply(graph, seed: 0).Graph : graph;
    }

    private static void WriteText(CommandConsole console, Graph graph, LayerTable table)
    {
        var input = graph.Inputs[0];
        console.Line($"{graph.Name}: {input.Name} {input.Type} → {string.Join(", ", graph.Outputs.Select(static o => $"{o.Name} {o.Type}"))}");
        var width = table.Rows.Select(static r => r.Name.Length).Append(5).Max();
        console.Line($"{"layer".PadRight(width)}  {"operator",-18}  {"output (batch 1)",-18}  {"parameters",12}  {"multiply-adds",15}  {"bytes",12}  {"sees",5}  {"same",4}");
        foreach (var row in table.Rows)
        {
            console.Line($"{row.Name.PadRight(width)}  {row.Operator,-18}  {row.Output?.ToString() ?? "?",-18}  {Count(row.Parameters + row.Buffers),12}  {Count(row.MultiplyAdds),15}  {Count(row.ActivationBytes),12}  {row.ReceptiveField?.ToString() ?? "all",5}  {row.SamePadding?.ToString() ?? "",4}".TrimEnd());
        }

        console.Line($"parameters: {Count(table.Trainable)} trainable, {Count(table.Total)} stored ({Count(table.Total * 4)} bytes as float32)");
        console.Line($"one image: {Count(table.MultiplyAdds)} multiply-adds, {Count(table.ActivationBytes)} bytes of activations");
        console.Line("sees: receptive field in pixels per side; same: the padding per side that keeps the size at stride 1");
    }

    private static JsonObject ToJson(EditedGraph edited, LayerTable table) => new()
    {
        ["name"] = edited.Graph.Name,
        ["input"] = edited.Graph.Inputs[0].Type.ToString(),
        ["outputs"] = new JsonArray([.. edited.Graph.Outputs.Select(static o => (JsonNode)$"{o.Name} {o.Type}")]),
        ["changes"] = new JsonArray([.. edited.Changes.Select(static c => (JsonNode)c)]),
        ["parameters"] = new JsonObject { ["trainable"] = table.Trainable, ["total"] = table.Total },
        ["multiply_adds"] = table.MultiplyAdds,
        ["activation_bytes"] = table.ActivationBytes,
        ["layers"] = new JsonArray([.. table.Rows.Select(static r => new JsonObject
        {
            ["name"] = r.Name,
            ["operator"] = r.Operator,
            ["output"] = r.Output is { } shape ? new JsonArray([.. shape.Select(static d => d.IsKnown ? (JsonNode)d.Value : d.ToString())]) : null,
            ["parameters"] = r.Parameters,
            ["buffers"] = r.Buffers,
            ["multiply_adds"] = r.MultiplyAdds,
            ["activation_bytes"] = r.ActivationBytes,
            ["receptive_field"] = Extent(r.ReceptiveField),
            ["same_padding"] = Extent(r.SamePadding),
        })]),
    };

    // One number for a square, [height, width] otherwise.
    private static JsonNode? Extent(PixelExtent? extent) => extent switch
    {
        null => null,
        { } e when e.Height == e.Width => e.Height,
        { } e => new JsonArray(e.Height, e.Width),
    };

    private static string Count(long number) => number.ToString("n0", CultureInfo.InvariantCulture);
}
