using System.Text.Json.Nodes;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Tests.Ensembles;

/// <summary>Members that run together give what they give as branches.</summary>
public sealed class GroupedLayoutTests : IDisposable
{
    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    /// <summary>The catalog; of the network whose full form has hundreds of megabytes the small one stands for both.</summary>
    public static TheoryData<string, string> Networks()
    {
        var rows = new TheoryData<string, string>();
        rows.AddRange(NetworkSamples.All().Select(static row => row.Data).Where(static row => row is not ("cnnnet", "")).ToArray());
        return rows;
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task Every_network_of_the_catalog_gives_grouped_what_it_gives_as_branches(string network, string setting)
    {
        var (graph, size) = NetworkSamples.Build(network, setting);
        foreach (var seed in new[] { 1, 2, 3 })
        {
            _models.Publish($"m{seed}", Reseeded(graph, seed), mean: 0.3f);
        }

        var branches = await Merge("branches", "m1", "m2", "m3", "--weights", "1,2,3");
        var grouped = await Merge("grouped", "m1", "m2", "m3", "--weights", "1,2,3");
        var pixels = RandomData.Pixels(5L * size.Height * size.Width * size.Channels);
        var (expected, found) = (EnsembleModels.Serve(branches, pixels, 5), EnsembleModels.Serve(grouped, pixels, 5));

        Assert.All(["probabilities", "disagreement"], name => EnsembleModels.AssertNear(expected[name].Values<float>().ToArray().Select(static v => (double)v), found[name].Values<float>(), 2e-5));
        var nodes = OnnxFile.Read(Path.Combine(grouped.Folder, "model.onnx")).Graph.Nodes;
        Assert.True(nodes.Count(static n => n.Op is Conv or Gemm or MatMul) <= graph.Nodes.Count(static n => n.Op is Conv or Gemm or MatMul));
        Assert.DoesNotContain(nodes, static n => n.Name.StartsWith("m2.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Members_that_normalise_in_their_own_way_are_grouped_too()
    {
        _models.Publish("a", EnsembleModels.Network("resblocks", 1), mean: 0.25f);
        _models.Publish("b", EnsembleModels.Network("resblocks", 2), mean: 0.5f);
        var pixels = RandomData.Pixels(4 * 28 * 28);
        var (expected, found) = (EnsembleModels.Serve(await Merge("branches", "a", "b"), pixels, 4), EnsembleModels.Serve(await Merge("grouped", "a", "b"), pixels, 4));

        EnsembleModels.AssertNear(expected["probabilities"].Values<float>().ToArray().Select(static v => (double)v), found["probabilities"].Values<float>(), 1e-5);
    }

    [Fact]
    public async Task Other_architectures_are_refused_by_name()
    {
        _models.Publish("a", EnsembleModels.Network("resblocks", 1));
        _models.Publish("b", EnsembleModels.Network("mlp", 2));
        var run = await _models.Run("ensemble", "a", "b", "--name", "both", "--layout", "grouped");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("Members a:1 and b:1 have different architectures, so they cannot run grouped: one has", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_models.Registry.List(), static l => l.Name == "both");
    }

    [Fact]
    public async Task An_operator_without_a_grouped_form_is_named()
    {
        foreach (var (name, weight) in new[] { ("a", 1f), ("b", 2f) })
        {
            var graph = new Sketch().Input("x", ["N", 1, 28, 28])
                .Node("turned", new Transpose([0, 2, 3, 1]), "x").Node("squares", new Mul(), "turned", "factor").Weight("factor", 1).Node("flat", new Flatten(), "squares")
                .Weight("fc", 10, 784).Node("logits", new Gemm(TransB: true), "flat", "fc").Output("logits", ["N", 10]).Build();
            _models.Publish(name, graph with { Initializers = graph.Initializers.Select((w, data) => w == "factor" ? TensorData.Of<float>([weight]) : data) });
        }

        var run = await _models.Run("ensemble", "a", "b", "--name", "both", "--layout", "grouped");
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("Transpose node 'turned' of member a:1 cannot run grouped: there is no grouped form of it. Use --layout branches.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Auto_measures_both_and_says_what_it_measured()
    {
        _models.Publish("a", EnsembleModels.Network("mlp", 1));
        _models.Publish("b", EnsembleModels.Network("mlp", 2));
        var result = JsonNode.Parse((await _models.Run("ensemble", "a", "b", "--name", "both", "--layout", "auto", "--json")).Output)!;

        Assert.Equal([1, 8, 32], result["timings"]!.AsArray().Select(static t => (int)t!["batch"]!));
        Assert.All(result["timings"]!.AsArray(), static t => Assert.True((double)t!["branches_ms"]! > 0 && (double)t["grouped_ms"]! > 0));
        var ratio = result["timings"]!.AsArray().Average(static t => Math.Log((double)t!["grouped_ms"]! / (double)t["branches_ms"]!));
        Assert.Equal(ratio < 0 ? "grouped" : "branches", (string?)result["layout"]);
    }

    [Fact]
    public async Task Auto_keeps_branches_where_nothing_can_be_grouped_and_says_why()
    {
        _models.Publish("a", EnsembleModels.Network("resblocks", 1));
        _models.Publish("b", EnsembleModels.Network("mlp", 2));
        var run = await _models.Run("ensemble", "a", "b", "--name", "both", "--layout", "auto");

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Contains("branches, because grouped is not possible: Members a:1 and b:1 have different architectures", run.Output, StringComparison.Ordinal);
    }

    private async Task<ModelVersion> Merge(string layout, params string[] args)
    {
        var run = await _models.Run(["ensemble", .. args, "--name", layout, "--layout", layout]);
        Assert.True(run is { ExitCode: ExitCode.Ok, Error: "" }, run.Error);
        return _models.Registry.Resolve(layout);
    }

    // Another model of the same architecture: every weight moved by a tenth of itself at most, so that nothing explodes.
    private static Graph Reseeded(Graph graph, long seed)
    {
        var index = 0;
        return graph with
        {
            Initializers = graph.Initializers.Select((_, data) =>
            {
                var random = new SeededRandom(seed, index++);
                var values = data.Values<float>().ToArray();
                foreach (ref var value in values.AsSpan())
                {
                    value *= (float)(0.9 + (0.2 * random.NextDouble()));
                }

                return TensorData.Of<float>(values, data.Dimensions.AsSpan());
            }),
        };
    }
}
