using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Safetensors;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Serve.Tests.Support;

/// <summary>A registry in a folder of its own.</summary>
internal sealed class TestRegistry : IDisposable
{
    public static readonly string[] TenLabels = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    public string Folder { get; } = Directory.CreateTempSubdirectory("serve-tests-").FullName;

    public ModelRegistry Registry => new(Folder);

    public ModelVersion Publish(string name, Graph graph, IReadOnlyList<string>? labels = null, Preprocessing? preprocessing = null, IReadOnlyDictionary<string, TensorData>? probe = null, string task = "classification")
    {
        using var draft = Registry.NewVersion(name);
        draft.Add(ArtifactKinds.Model, "model.onnx", path =>
        {
            OnnxFile.Write(graph, path);
            return new() { Precision = "float32", Opset = Graph.DefaultOpset };
        });
        if (probe is not null)
        {
            draft.Add(ArtifactKinds.Probe, "probe.safetensors", path =>
            {
                SafetensorsFile.Write(path, probe);
                return new();
            });
        }

        return draft.Publish(new() { Task = task, Labels = labels ?? [], Preprocessing = preprocessing ?? new(1, 28, 28, [0f], [1f]) });
    }

    /// <summary>ONNX Runtime's own answer, from a session beside the server.</summary>
    public static IReadOnlyDictionary<string, TensorData> RunDirectly(ModelVersion version, TensorData input)
    {
        using var session = ModelSession.Load(Path.Combine(version.Folder, "model.onnx"));
        return session.Run(new Dictionary<string, TensorData> { [session.Inputs[0].Name] = input });
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
