using System.Runtime.CompilerServices;
using System.Text.Json;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Tests.Execution;

/// <summary>
/// Every network against what PyTorch 1.13 computed of hand-written modules with the same weights (Fixtures/make.py): logits and loss in training
/// mode, the gradient of every parameter, and all parameters and running statistics after one step.
/// </summary>
public sealed class ReferenceStepTests
{
    private const int Classes = 5;
    private const int Batch = 4;

    private static readonly Dictionary<string, Reference> References = Read();

    public static TheoryData<string> Forms() => new(References.Keys);

    [Fact]
    public void Every_documented_network_has_a_reference() => Assert.Equal(
        NetworkCatalog.Documented.Select(static n => n.Name).Order(StringComparer.Ordinal),
        References.Keys.Select(static form => form.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_training_step_is_that_of_PyTorch(string form)
    {
        var (expected, graph) = (References[form], Build(form));
        using var network = new GraphExecutor(graph, CPU) { Training = true };
        using var optimizer = new Sgd(ParameterGroups.Single(network.Weights.Parameters, weightDecay: 0.01), 0.9);
        using var scope = NewDisposeScope();
        var shape = graph.Inputs[0].Type.Shape!.Skip(1).Select(static d => d.Value).Prepend(Batch).ToArray();
        var logits = network.Forward(Filled(shape, static length => Wave(length, 0.37, 0)).ToTensor());
        Near(expected.Logits, Measures(logits), "logits");

        long[] labelled = [.. logits.shape.Where(static (_, axis) => axis != 1)];
        var labels = arange(labelled.Aggregate(1L, static (product, d) => product * d)).remainder(Classes).reshape(labelled);
        var loss = F.cross_entropy(logits, labels);
        Assert.Equal(expected.Loss, loss.item<float>(), Tolerance.Network * Math.Max(1, expected.Loss));

        loss.backward();
        Assert.Equal(expected.Gradients.Keys.Order(StringComparer.Ordinal), network.Weights.Parameters.Keys.Order(StringComparer.Ordinal));
        Assert.All(network.Weights.Parameters, p => Near(expected.Gradients[p.Key], Measures(p.Value.grad!), $"gradient of {p.Key}"));

        optimizer.Step(new(0.1));
        var after = network.Weights.Snapshot();
        Assert.Equal(expected.After.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(after, p =>
        {
            var gradient = expected.Gradients.TryGetValue(p.Key, out var measures) ? measures[0] : 1;
            Assert.Equal(expected.After[p.Key], Measures(p.Value.Values<float>())[1], Tolerance.Gradient * Math.Max(1, gradient));
        });
    }

    private static Graph Build(string form)
    {
        var words = form.Split(' ');
        var network = NetworkCatalog.Get(words[0]);
        var settings = words[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static s => s.Split('=')).ToDictionary(static p => p[0], static p => p[1]);
        var graph = network.Build(ImageSize.Parse(words[2]), Classes, NetworkArguments.Of(network, settings), seed: 3);
        return graph with
        {
            // Masks are the generator's; without them, everything else can be compared.
            Nodes = graph.Nodes.Select(static n => n.Op is Dropout ? n with { Op = new Identity(), Inputs = [n.Inputs[0]] } : n).ToEquatableArray(),
            Initializers = graph.Initializers.Select(static (name, data) => Weight(name, data.Dimensions)),
        };
    }

    private static TensorData Weight(string name, EquatableArray<long> dimensions) => Filled([.. dimensions], length =>
    {
        var values = Wave(length, 1.3, name.Length);
        var (offset, scale) = (dimensions.Count, name[(name.LastIndexOf('.') + 1)..]) switch
        {
            ( > 1, _) => (0, Math.Sqrt(3.0 / ((double)length / dimensions[0]))),
            (_, "running_var") => (1, 0.5),
            (_, "weight") => (1, 0.3),
            _ => (0, 0.2),
        };
        return Array.ConvertAll(values, v => offset + (scale * v));
    });

    private static TensorData Filled(long[] dimensions, Func<int, double[]> values) =>
        TensorData.Of<float>(Array.ConvertAll(values((int)dimensions.Aggregate(1L, static (product, d) => product * d)), static v => (float)v), dimensions);

    private static double[] Wave(int length, double frequency, double phase) =>
        [.. Enumerable.Range(0, length).Select(i => Math.Sin((0.7 * i * i % 6.1) + (frequency * i) + phase))];

    private static double[] Measures(Tensor tensor) => Measures(tensor.ToTensorData().Values<float>());

    /// <summary>The length of the vector of all values, and its product with a wave, which tells their order.</summary>
    private static double[] Measures(ReadOnlySpan<float> values)
    {
        var wave = Wave(values.Length, 0.9, 0.4);
        var (squares, product) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            (squares, product) = (squares + ((double)values[i] * values[i]), product + (values[i] * wave[i]));
        }

        return [Math.Sqrt(squares), product];
    }

    private static void Near(double[] expected, double[] actual, string what) => Assert.All(expected.Zip(actual), pair => Assert.True(
        Math.Abs(pair.First - pair.Second) <= Tolerance.Gradient * Math.Max(1e-3, expected[0]), $"{what}: expected {pair.First:g7}, found {pair.Second:g7}, with a length of {expected[0]:g4}"));

    private static Dictionary<string, Reference> Read([CallerFilePath] string source = "")
    {
        using var file = File.OpenRead(Path.Combine(Path.GetDirectoryName(source)!, "Fixtures", "steps.json"));
        return JsonSerializer.Deserialize<Dictionary<string, Reference>>(file, JsonSerializerOptions.Web)!;
    }

    private sealed record Reference(double Loss, double[] Logits, Dictionary<string, double[]> Gradients, Dictionary<string, double> After);
}
