using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;

namespace Toolchain.Bench;

/// <summary>A model that gives back what it gets, and a model whose two versions add 1 and 2.</summary>
internal sealed class SoakModels
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ModelRegistry _registry;

    private SoakModels(ModelRegistry registry) => _registry = registry;

    /// <summary>How often the served version was changed.</summary>
    public int Changes { get; private set; }

    public static SoakModels Publish(string folder)
    {
        var registry = new ModelRegistry(folder);
        Publish(registry, "echo", Sum(0, columns: 4));
        Publish(registry, "sum", Sum(1, columns: 1));
        Publish(registry, "sum", Sum(2, columns: 1));
        registry.SetAlias("sum", "production", 1);
        return new(registry);
    }

    /// <summary>Changes the version that is served until it is told to stop.</summary>
    public async Task ChangeAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            _registry.SetAlias("sum", "production", 1 + (++Changes % 2));
            await Task.Delay(Pause, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Graph Sum(float number, int columns)
    {
        var net = new GraphBuilder("sum");
        net.Output("logits", net.Add(new Add(), [net.Input("input", ElementType.Float32, ["N", columns]), net.Constant("number", TensorData.Scalar(number))], "sum"));
        return net.Build();
    }

    private static void Publish(ModelRegistry registry, string name, Graph graph)
    {
        using var draft = registry.NewVersion(name);
        draft.Add(ArtifactKinds.Model, "model.onnx", path =>
        {
            OnnxFile.Write(graph, path);
            return new() { Precision = "float32", Opset = Graph.DefaultOpset };
        });
        draft.Publish(new() { Task = "classification", Labels = [], Preprocessing = new(1, 1, 1, [0f], [1f]) });
    }
}
