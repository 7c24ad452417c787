using System.Text.Json;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Safetensors;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;
using Toolchain.Export.Commands;

namespace Toolchain.Export.Tests.Support;

/// <summary>A registry with trained models whose probes ONNX Runtime computed on the graph as it was trained, and the program that works on it.</summary>
internal sealed class TestModels : IDisposable
{
    public static readonly IReadOnlyList<string> Labels = [.. Enumerable.Range(0, NetworkSamples.Classes).Select(static i => $"class {i}")];

    public TestModels() => Registry = new(Root, new FixedTime());

    public TemporaryFolder Folder { get; } = new();

    public string Root => Folder["models"];

    public ModelRegistry Registry { get; }

    public static Preprocessing PreprocessingFor(ImageSize size) =>
        new(size.Channels, size.Height, size.Width, [.. Enumerable.Range(0, size.Channels).Select(static c => 0.2860f + (0.1f * c))], [.. Enumerable.Range(0, size.Channels).Select(static c => 0.3530f + (0.05f * c))]);

    /// <summary>Publishes a network.</summary>
    /// <param name="network">Its name in the catalog.</param>
    /// <param name="setting">An argument that differs from the defaults; empty for none.</param>
    /// <param name="change">Changes what is published before it is.</param>
    public ModelVersion Publish(string network = "resblocks", string setting = "", Func<Parts, Parts>? change = null)
    {
        var (graph, size) = NetworkSamples.Build(network, setting);
        return Publish(graph, PreprocessingFor(size), network, change);
    }

    public ModelVersion Publish(Graph graph, Preprocessing preprocessing, string name, Func<Parts, Parts>? change = null)
    {
        const int images = 8;
        var samples = RandomData.Samples(preprocessing, images);
        var logits = OnnxRuntime.Run(graph, InputForm.Tensor.Make(preprocessing, samples, images))[graph.Outputs[0].Name];
        var parts = new Parts(graph, InputForm.Pixels.Make(preprocessing, samples, images), logits, Manifest(name, preprocessing));
        parts = change is null ? parts : change(parts);
        using var draft = Registry.NewVersion(name);
        if (parts.Graph is { } published)
        {
            draft.Add(ArtifactKinds.Graph, "graph.onnx", path =>
            {
                OnnxFile.Write(published, path);
                return new() { Precision = "float32", Opset = Graph.DefaultOpset };
            });
        }

        if (parts.Pixels is { } probe)
        {
            draft.Add(ArtifactKinds.Probe, ArtifactFiles.Probe, path =>
            {
                SafetensorsFile.Write(path, [new("pixels", probe), new("logits", parts.Logits)]);
                return new();
            });
        }

        return draft.Publish(parts.Manifest);
    }

    /// <summary>The files of a version, hidden ones too, without the registry's lock.</summary>
    public static IReadOnlyList<string> Files(ModelVersion version) =>
        [.. Directory.EnumerateFileSystemEntries(version.Folder).Select(static p => Path.GetFileName(p)).Where(static f => f != ".lock").Order(StringComparer.Ordinal)];

    /// <summary>Runs the program on the registry; its folder appears as FOLDER in what it writes.</summary>
    public Task<CommandRun> Run(params string[] args) => Run(CancellationToken.None, args);

    /// <inheritdoc cref="Run(string[])"/>
    public async Task<CommandRun> Run(CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var program = new System.CommandLine.Command("export") { new OnnxCommand(), new ImportCommand(), new HalfCommand(), new EnsembleCommand(), new VerifyCommand(), new InspectCommand(), new ModelsCommand() };
        var host = new CommandHost { Output = output, Error = error, Time = new FixedTime(), Width = 200 };
        var exitCode = await CommandLine.RunAsync(program, [.. args, "--models", Root], host, cancellation);
        return new(exitCode, Neutral(output), Neutral(error));

        string Neutral(StringWriter text) => text.ToString().Replace(Folder.Path, "FOLDER", StringComparison.Ordinal);
    }

    public void Dispose() => Folder.Dispose();

    private static ModelManifest Manifest(string network, Preprocessing preprocessing) => new()
    {
        Task = "classification",
        Network = new() { Name = network, Arguments = new Dictionary<string, string> { ["width"] = "32" } },
        Preprocessing = preprocessing,
        Labels = Labels,
        Training = new()
        {
            Recipe = new Dictionary<string, JsonElement> { ["epochs"] = JsonSerializer.SerializeToElement(2) },
            Data = new() { Reference = "fashion-mnist", ContentHash = "4f1a", Counts = new Dictionary<string, long> { ["test"] = 10_000 } },
            Seed = 7,
            Engine = new("libtorch", "1.13.1"),
            Device = "cpu",
            Threads = 2,
        },
        Metrics = new Dictionary<string, SplitMetrics> { ["test"] = new(10_000, 0.9125, 0.25) },
        Tool = new("0.1.0", "abc123"),
    };

    /// <summary>What is published; a test changes what it is about.</summary>
    public sealed record Parts(Graph? Graph, TensorData? Pixels, TensorData Logits, ModelManifest Manifest);

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    }
}

/// <summary>One run of the program: its exit code and what it wrote.</summary>
internal sealed record CommandRun(ExitCode ExitCode, string Output, string Error);
