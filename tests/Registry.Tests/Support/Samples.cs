using System.Text.Json;

namespace Toolchain.Registry.Tests.Support;

/// <summary>Models that the tests publish.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The manifest of a trained classifier, every field filled.</summary>
    public static ModelManifest Manifest() => new()
    {
        Task = "classification",
        Network = new NetworkSpec { Name = "cnnnet", Arguments = new Dictionary<string, string> { ["size"] = "small", ["classes"] = "3" } },
        Preprocessing = new Preprocessing(1, 28, 28, [0.286f], [0.353f]),
        Labels = ["T-shirt", "Trouser", "Pullover"],
        Training = new TrainingSpec
        {
            Recipe = new Dictionary<string, JsonElement>
            {
                ["optimizer"] = JsonSerializer.SerializeToElement("adam"),
                ["epochs"] = JsonSerializer.SerializeToElement(3),
                ["schedule"] = JsonSerializer.SerializeToElement(new { name = "one-cycle", warmup = 0.25 }),
            },
            Data = new DataSpec
            {
                Reference = "fashion-mnist",
                ContentHash = "sha256:0123",
                TestHash = "sha256:4567",
                Counts = new Dictionary<string, long> { ["train"] = 54000, ["validation"] = 6000, ["test"] = 10000 },
                Split = new SplitSpec("folds", "89ab") { Seed = 6, Folds = 10, Fold = 3 },
                ImageSize = "28x28",
                Skipped = 2,
            },
            Seed = 7,
            Engine = new EngineSpec("libtorch", "1.13.1"),
            Device = "cpu",
            Threads = 2,
            Processor = new ProcessorSpec("Processor 1", "avx2 avx512f"),
            Edits = ["replace relu1=LeakyReLU(0.1)"],
            FreshHead = true,
        },
        Metrics = new Dictionary<string, SplitMetrics> { ["validation"] = new(6000, 0.92, 0.22), ["test"] = new(10000, 0.9124, 0.2512) { Values = new Dictionary<string, double> { [MetricNames.Top(5)] = 0.9981, [MetricNames.Ece] = 0.0137 } } },
        Parents = [new ParentSpec("mnist:2", ParentRoles.InitialWeights)],
        Tool = new ToolSpec("0.1.0", "abc123"),
    };

    public static ArtifactDescription Graph() => new()
    {
        Precision = "float32",
        Opset = 17,
        Inputs = [new TensorSpec("pixels", "uint8", "[N, 28, 28, 1]")],
        Outputs = [new TensorSpec("logits", "float", "[N, 3]"), new TensorSpec("probabilities", "float", "[N, 3]")],
    };

    /// <summary>A callback that writes these bytes.</summary>
    public static Func<string, ArtifactDescription> Writes(byte[] bytes, ArtifactDescription? description = null) => path =>
    {
        File.WriteAllBytes(path, bytes);
        return description ?? new ArtifactDescription();
    };

    public static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(index => (byte)(index * 31))];

    public static ModelVersion Publish(ModelRegistry registry, string name, byte[]? graph = null)
    {
        using var draft = registry.NewVersion(name);
        draft.Add(ArtifactKinds.Graph, "graph.onnx", Writes(graph ?? Bytes(5_000), Graph()));
        draft.Add(ArtifactKinds.Probe, "probe.safetensors", Writes(Bytes(600)));
        return draft.Publish(Manifest());
    }
}
