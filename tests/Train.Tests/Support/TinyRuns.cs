using System.Text.Json.Nodes;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Safetensors;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Train.Tests.Support;

/// <summary>A run that went well.</summary>
/// <param name="Answer">What it said.</param>
/// <param name="Version">The first model that it published.</param>
/// <param name="Folder">The run's folder.</param>
internal sealed record TinyRun(Answer Answer, ModelVersion Version, string Folder)
{
    private readonly Lazy<Graph> _graph = new(() => OnnxFile.Read(Version.OpenArtifact(ArtifactKinds.Graph).Path).Graph);

    /// <summary>The published graph.</summary>
    public Graph Graph => _graph.Value;

    /// <summary>The published weights by name: parameters and running statistics.</summary>
    public IReadOnlyDictionary<string, float[]> Weights => Graph.Initializers.Where(static p => p.Value.Type == ElementType.Float32).ToDictionary(static p => p.Key, static p => p.Value.Values<float>().ToArray());

    /// <summary>The lines of the log that epochs have written.</summary>
    public IReadOnlyList<JsonNode> Epochs =>
        [.. File.ReadLines(Path.Combine(Folder, "log.jsonl")).Select(static line => JsonNode.Parse(line)!).Where(static l => (string)l["kind"]! == "epoch")];

    /// <summary>The learning rate of each epoch's last step.</summary>
    public IReadOnlyList<double> Rates => [.. Epochs.Select(static l => (double)l["learning_rate"]!)];

    /// <summary>The weights of a checkpoint in the run's folder: <c>last</c> or <c>best</c>.</summary>
    public IReadOnlyDictionary<string, float[]> Checkpoint(string name) =>
        SafetensorsFile.Read(Path.Combine(Folder, "checkpoints", $"{name}.safetensors")).Tensors.ToDictionary(static p => p.Key, static p => p.Value.Values<float>().ToArray());
}

/// <summary>Runs of small networks on small images, which take a fraction of a second.</summary>
internal static class TinyRuns
{
    /// <summary>A perceptron of 64, 16 and 10 units.</summary>
    public static string[] Mlp { get; } = ["mlp", "--set", "hidden=16"];

    /// <summary>Two residual blocks with batch norms, four channels wide.</summary>
    public static string[] ResBlocks { get; } = ["resblocks", "--set", "blocks=2", "--set", "width=4"];

    /// <summary>SGD without momentum at a constant rate, eight steps an epoch without a validation split: a step is −lr·g.</summary>
    public static string[] PlainSgd { get; } = ["--optimizer", "sgd", "--momentum", "0", "--schedule", "constant", "--batch", "16", "--validation", "0"];

    /// <summary>Learning rates of zero, so that the weights stay what they are at first.</summary>
    public static string[] Standstill { get; } = [.. PlainSgd, "--steps", "1", "--lr-for", "*=0"];

    /// <summary><c>train run</c> in a workplace of its own.</summary>
    public static Task<TinyRun> TrainAsync(params string[] args) => new Workplace().TrainedAsync(args);

    /// <summary><c>train run</c> on 8×8 images unless the arguments name other data; it must succeed.</summary>
    public static async Task<TinyRun> TrainedAsync(this Workplace work, params string[] args)
    {
        var answer = await work.TrainAsync([.. args, .. args.Contains("--data") ? Array.Empty<string>() : ["--data", SmallData.Small8], "--json"]);
        Assert.True(answer.ExitCode == ExitCode.Ok, answer.Error);
        return new(
            answer,
            work.Registry.Resolve(ModelReference.Parse((string)answer.Result["model"]!)),
            work.PathOf(((string)answer.Result["run"]!)["ROOT/".Length..]));
    }
}
