using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Commands;

/// <summary><c>train describe NETWORK|REF</c>: the layers of a network with their shapes, sizes and costs.</summary>
internal sealed class DescribeCommand : ToolCommand
{
    private readonly Argument<string> _network = new("NETWORK|REF") { Description = "A network of the catalog, or a model of the registry." };
    private readonly SetOption _set = new();
    private readonly InputOption _input = new();
    private readonly Option<int> _classes = new("--classes") { Description = "The number of classes.", HelpName = "N", DefaultValueFactory = static _ => 10 };
    private readonly ModelsOption _models = new();

    public DescribeCommand()
        : base("describe", "Show a network's layers: shapes, parameters, multiply-adds, memory, receptive field.", "describe cnnnet --input 3x224x224 --classes 2", "describe resblocks --set blocks=100 --json")
    {
        Add(_network);
        Add(_set);
        Add(_input);
        Add(_classes);
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
        var graph = Graph(context);
        var table = LayerTable.Of(graph);
        WriteText(context.Console, graph, table);
        context.Console.Result(ToJson(graph, table));
        return Task.FromResult(ExitCode.Ok);
    }

    private Graph Graph(CommandContext context)
    {
        var name = context.Get(_network);
        if (NetworkCatalog.All.FirstOrDefault(n => n.Name == name) is { } network)
        {
            return network.Build(context.Get(_input), context.Get(_classes), _set.Read(context, network));
        }

        var registry = context.Registry(_models);
        if (!name.Contains(':', StringComparison.Ordinal) && !name.Contains('@', StringComparison.Ordinal) && registry.List().All(m => m.Name != name))
        {
            throw new ToolchainException(
                ErrorKind.Usage,
                $"'{name}' is neither a network nor a model.{Nearest.Hint(name, NetworkCatalog.All.Select(static n => n.Name).Concat(registry.List().Select(static m => m.Name)))} Networks: {string.Join(", ", NetworkCatalog.All.Select(static n => n.Name))}. Models: train models list.");
        }

        if (new Option[] { _set, _input, _classes }.Where(context.WasGiven).Select(static o => o.Name).ToArray() is { Length: > 0 } idle)
        {
            throw new ToolchainException(ErrorKind.Usage, $"{string.Join(", ", idle)}: model {name} was built with its own. Leave out what has no effect, or name a network of the catalog.");
        }

        return OnnxFile.Read(registry.Resolve(name).OpenArtifact(ArtifactKinds.Graph).Path).Graph;
    }

    private static void WriteText(CommandConsole console, Graph graph, LayerTable table)
    {
        var input = graph.Inputs[0];
        console.Line($"{graph.Name}: {input.Name} {input.Type} → {string.Join(", ", graph.Outputs.Select(static o => $"{o.Name} {o.Type}"))}");
        var width = table.Rows.Select(static r => r.Name.Length).Append(5).Max();
        console.Line($"{"layer".PadRight(width)}  {"operator",-18}  {"output (batch 1)",-18}  {"parameters",12}  {"multiply-adds",15}  {"bytes",12}  {"sees",5}  {"same",4}");
        foreach (var row in table.Rows)
        {
            console.Line($"{row.Name.PadRight(width)}  {row.Operator,-18}  {row.Output?.ToString() ?? "?",-18}  {Count(row.Parameters + row.Buffers),12}  {Count(row.MultiplyAdds),15}  {Count(row.ActivationBytes),12}  {(row.ReceptiveField is { } f ? Count(f) : "all"),5}  {(row.SamePadding is { } p ? Count(p) : ""),4}".TrimEnd());
        }

        console.Line($"parameters: {Count(table.Trainable)} trainable, {Count(table.Total)} stored ({Count(table.Total * 4)} bytes as float32)");
        console.Line($"one image: {Count(table.MultiplyAdds)} multiply-adds, {Count(table.ActivationBytes)} bytes of activations");
        console.Line("sees: receptive field in pixels per side; same: the padding per side that keeps the size at stride 1");
    }

    private static JsonObject ToJson(Graph graph, LayerTable table) => new()
    {
        ["name"] = graph.Name,
        ["input"] = graph.Inputs[0].Type.ToString(),
        ["outputs"] = new JsonArray([.. graph.Outputs.Select(static o => (JsonNode)$"{o.Name} {o.Type}")]),
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
            ["receptive_field"] = r.ReceptiveField,
            ["same_padding"] = r.SamePadding,
        })]),
    };

    private static string Count(long number) => number.ToString("n0", CultureInfo.InvariantCulture);
}
