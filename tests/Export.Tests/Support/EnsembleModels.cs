using Toolchain.Graphs.Onnx;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Support;

/// <summary>Members for ensembles, and what they give by themselves.</summary>
internal static class EnsembleModels
{
    /// <summary>A network of the catalog with weights that a seed decides, and logits that tell classes apart.</summary>
    public static Graph Network(string name, long seed, ImageSize? size = null, int classes = NetworkSamples.Classes, params (string Key, string Value)[] settings)
    {
        var network = NetworkCatalog.Get(name);
        var arguments = NetworkArguments.Of(network, settings.ToDictionary(static s => s.Key, static s => s.Value));
        var graph = network.Build(size ?? new(1, 28, 28), classes, arguments, seed).Trained(seed);
        var last = graph.Nodes.Last(static n => n.Op is Gemm or Conv).Inputs[1];
        return graph with { Initializers = graph.Initializers.Select((weight, data) => weight == last ? Scaled(data, 12) : data) };
    }

    /// <summary>Publishes a graph for images of a size, normalised in a way of its own.</summary>
    public static ModelVersion Publish(this TestModels models, string name, Graph graph, float mean = 0.286f, Func<TestModels.Parts, TestModels.Parts>? change = null)
    {
        var shape = graph.Inputs[0].Type.Shape!;
        var channels = (int)shape[1].Value;
        var preprocessing = new Preprocessing(channels, (int)shape[2].Value, (int)shape[3].Value, [.. Enumerable.Repeat(mean, channels)], [.. Enumerable.Repeat(0.353f, channels)]);
        return models.Publish(graph, preprocessing, name, change);
    }

    /// <summary>The softmax in double precision of what a version's trained graph gives for images: a row for each.</summary>
    public static double[][] Probabilities(ModelVersion version, ReadOnlyMemory<byte> samples, int count) => Probabilities(version, InputForm.Tensor.Make(version.Manifest.Preprocessing, samples, count));

    /// <inheritdoc cref="Probabilities(ModelVersion, ReadOnlyMemory{byte}, int)"/>
    public static double[][] Probabilities(ModelVersion version, TensorData input)
    {
        var outputs = OnnxRuntime.Output(OnnxFile.Read(Path.Combine(version.Folder, "graph.onnx")).Graph, input);
        return [.. outputs.Chunk(outputs.Length / (int)input.Dimensions[0]).Select(Softmax)];
    }

    /// <summary>The weighted mean of rows.</summary>
    public static double[][] Mean(IReadOnlyList<double[][]> members, IReadOnlyList<double> weights) =>
        [.. members[0].Select((row, i) => row.Select((_, c) => members.Zip(weights, (m, w) => w * m[i][c]).Sum() / weights.Sum()).ToArray())];

    /// <summary>The entropy of the mean minus the mean entropy, in nats.</summary>
    public static double[] MutualInformation(IReadOnlyList<double[][]> members, IReadOnlyList<double> weights)
    {
        var mean = Mean(members, weights);
        return [.. mean.Select((row, i) => Entropy(row) - members.Zip(weights, (m, w) => w * Entropy(m[i])).Sum() / weights.Sum())];
    }

    /// <summary>Runs the file that servers take.</summary>
    public static IReadOnlyDictionary<string, TensorData> Serve(ModelVersion version, ReadOnlyMemory<byte> samples, int count)
    {
        using var session = ModelSession.Load(Path.Combine(version.Folder, "model.onnx"), new() { Device = DeviceSpec.Cpu });
        var input = version.Manifest.Preprocessing;
        return session.Run(new Dictionary<string, TensorData> { [session.Inputs[0].Name] = InputForms.Of(session, input.Samples).Make(input, samples, count) });
    }

    /// <summary>Asserts that values are near each other, absolutely.</summary>
    public static void AssertNear(IEnumerable<double> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        var values = expected.ToArray();
        Assert.Equal(values.Length, actual.Length);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.True(Math.Abs(values[i] - actual[i]) <= tolerance, $"Value {i}: expected {values[i]:R}, found {actual[i]:R}.");
        }
    }

    private static double[] Softmax(float[] logits)
    {
        var largest = logits.Max();
        var powers = logits.Select(z => Math.Exp((double)z - largest)).ToArray();
        return [.. powers.Select(p => p / powers.Sum())];
    }

    private static double Entropy(double[] row) => -row.Where(static p => p > 0).Sum(static p => p * Math.Log(p));

    private static TensorData Scaled(TensorData data, float factor) => TensorData.Of<float>([.. data.Values<float>().ToArray().Select(v => v * factor)], data.Dimensions.AsSpan());
}
