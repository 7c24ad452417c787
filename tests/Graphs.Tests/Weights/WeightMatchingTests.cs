using Toolchain.Graphs.Weights;
using Toolchain.Networks;

namespace Toolchain.Graphs.Tests.Weights;

public sealed class WeightMatchingTests
{
    private static readonly Graph Network = NetworkCatalog.Get("mlp").Build(new(1, 2, 3), 4, NetworkArguments.Of(NetworkCatalog.Get("mlp"), new Dictionary<string, string> { ["hidden"] = "5" }));

    private static OrderedWeights Weights { get; } = NetworkCatalog.Get("mlp")
        .Build(new(1, 2, 3), 4, NetworkArguments.Of(NetworkCatalog.Get("mlp"), new Dictionary<string, string> { ["hidden"] = "5" }), seed: 9).Initializers;

    [Fact]
    public void Weights_of_the_same_names_are_loaded()
    {
        var matching = WeightMatching.Load(Network, Weights, "w.pth");
        Assert.Equal(Weights.Keys, matching.Graph.Initializers.Keys);
        Assert.All(Weights, w => Assert.Same(w.Value, matching.Graph.Initializers[w.Key]));
        Assert.True(matching.Report.IsComplete);
        Assert.Equal(["loaded: 4 of 4 weights"], matching.Report.Lines());
    }

    [Fact]
    public void The_prefix_of_a_parallel_module_is_stripped_and_reported()
    {
        var matching = WeightMatching.Load(Network, Renamed(static n => $"module.{n}"), "w.pth");
        Assert.Equal(("module.", 4), (matching.Report.StrippedPrefix, matching.Report.Loaded.Count));
        Assert.Equal(["loaded: 4 of 4 weights", "prefix: 'module.' stripped from every name"], matching.Report.Lines());
    }

    [Theory]
    [InlineData("model.", "fc1.weight")]
    [InlineData("module.module.", "fc1.weight")]
    public void No_other_prefix_is_stripped(string prefix, string name) =>
        Assert.Contains(name, WeightMatching.Of(Network, Renamed(n => prefix + n)).Report.Missing);

    [Fact]
    public void A_prefix_that_one_name_lacks_is_not_stripped()
    {
        var report = WeightMatching.Of(Network, Renamed(static n => n == "fc2.bias" ? n : $"module.{n}")).Report;
        Assert.Equal((null, "fc2.bias"), (report.StrippedPrefix, string.Join(' ', report.Loaded)));
    }

    [Fact]
    public void All_problems_are_told_at_once_with_the_names_that_were_probably_meant()
    {
        var found = new OrderedWeights([
            new("fc1.weigth", Weights["fc1.weight"]),
            new("fc1.bias", Weights["fc1.bias"].Reshape([5, 1])),
            new("fc2.weight", TensorData.Of<long>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], 4, 5)),
            new("fc2.bias", Weights["fc2.bias"]),
            new("fc3.\u001B[2Jbias", Weights["fc2.bias"])]);
        var message = OnnxProto.Error(() => WeightMatching.Load(Network, found, "w.pth"));
        Assert.Equal(
            """
            The weights in 'w.pth' do not fit network 'mlp' (1 of 4 do).
              mismatched: fc1.bias: expected float32 [5], found float32 [5, 1]
              mismatched: fc2.weight: expected float32 [4, 5], found int64 [4, 5]
              missing: 1 (fc1.weight (perhaps fc1.weigth))
              unexpected: 2 (fc1.weigth, fc3.�[2Jbias)
            Give the network the arguments, image size and classes that it was trained with, or load only what fits with --lenient.
            """,
            message);

        var lenient = WeightMatching.Load(Network, found, "w.pth", lenient: true);
        Assert.Same(Weights["fc2.bias"], lenient.Graph.Initializers["fc2.bias"]);
        Assert.Same(Network.Initializers["fc1.weight"], lenient.Graph.Initializers["fc1.weight"]);
        Assert.Equal("loaded: 1 of 4 weights", lenient.Report.Lines()[0]);
    }

    [Fact]
    public void Nothing_that_fits_is_an_error_even_when_lenient() => Assert.StartsWith(
        "None of the 4 weights in 'w.pth' fits network 'mlp'.",
        OnnxProto.Error(static () => WeightMatching.Load(Network, Renamed(static n => $"x{n}"), "w.pth", lenient: true)), StringComparison.Ordinal);

    [Fact]
    public void Long_lists_are_cut()
    {
        var found = new OrderedWeights([.. Weights, .. Enumerable.Range(0, 1000).Select(static i => KeyValuePair.Create($"{i}{new string('n', 100_000)}", TensorData.Scalar(0f)))]);
        var message = OnnxProto.Error(() => WeightMatching.Load(Network, found, "w.pth"));
        Assert.Contains("unexpected: 1000 (0nnn", message, StringComparison.Ordinal);
        Assert.Contains("… and 990 more)", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1000, 2500);
    }

    [Fact]
    public void Other_number_formats_are_converted_and_reported()
    {
        var matching = WeightMatching.Load(Network, Weights.Select(static (name, data) => name.EndsWith("weight", StringComparison.Ordinal) ? data.To(ElementType.Float16) : data), "w.pth");
        Assert.All(matching.Graph.Initializers.Values, static d => Assert.Equal(ElementType.Float32, d.Type));
        Assert.True(Weights["fc1.weight"].To(ElementType.Float16).To(ElementType.Float32).ContentEquals(matching.Graph.Initializers["fc1.weight"]));
        Assert.Equal(["loaded: 4 of 4 weights", "converted: 2 from float16 to float32"], matching.Report.Lines());
    }

    [Fact]
    public void Counters_of_batch_normalisations_are_ignored() => Assert.Equal(
        ["loaded: 4 of 4 weights", "ignored: 1 (bn.num_batches_tracked)"],
        WeightMatching.Load(Network, new([.. Weights, new("bn.num_batches_tracked", TensorData.Scalar(5L))]), "w.pth").Report.Lines());

    [Theory]
    [InlineData(3, 3, true)]
    [InlineData(2, 3, false)]
    [InlineData(3, 2, false)]
    public void Names_of_one_tensor_are_one_weight_when_the_network_shares_it_as_often(int blocks, int names, bool fits)
    {
        var network = NetworkCatalog.Get("resblocks");
        var graph = network.Build(new(1, 8, 8), 2, NetworkArguments.Of(network, new Dictionary<string, string> { ["blocks"] = $"{blocks}", ["width"] = "2", ["shared"] = "true" }));
        var shared = graph.Initializers.Where(static p => p.Key.StartsWith("resblocks.0.", StringComparison.Ordinal)).ToArray();
        var found = new OrderedWeights([.. graph.Initializers, .. Enumerable.Range(1, names - 1).SelectMany(i => shared.Select(p => KeyValuePair.Create(p.Key.Replace(".0.", $".{i}.", StringComparison.Ordinal), p.Value)))]);
        var report = WeightMatching.Of(graph, found).Report;
        Assert.Equal(fits, report.IsComplete);
        Assert.Equal(fits ? shared.Length * (names - 1) : 0, report.Tied.Count);
    }

    private static OrderedWeights Renamed(Func<string, string> rename) => new(Weights.Select(p => KeyValuePair.Create(rename(p.Key), p.Value)));
}
