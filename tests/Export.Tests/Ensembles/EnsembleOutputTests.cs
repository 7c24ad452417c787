using System.Runtime.CompilerServices;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Ensembles;

/// <summary>What merged files give, against the members' own graphs averaged here in double precision.</summary>
public sealed class EnsembleOutputTests : IDisposable
{
    private const int Images = 12;
    private static readonly byte[] Pixels = RandomData.Pixels(Images * 28 * 28, seed: 77);

    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData("1,1", "mlp", "mlp")]
    [InlineData("1,2,1", "resblocks", "mlp", "resblocks")]
    [InlineData("1,1,1,1,1", "mlp", "resblocks", "mlp", "mlp", "resblocks")]
    [InlineData("0.5,3,0,7,1e-3", "mlp", "resblocks", "mlp", "mlp", "mlp")]
    public async Task The_graph_gives_the_weighted_mean_and_the_mutual_information(string weights, params string[] networks)
    {
        var members = networks.Select((network, i) => _models.Publish($"m{i}", EnsembleModels.Network(network, i + 1))).ToArray();
        var version = await Merge([.. members.Select(static m => m.Name), "--weights", weights, "--members"]);
        var shares = weights.Split(',').Select(static w => double.Parse(w, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var alone = members.Select(m => EnsembleModels.Probabilities(m, Pixels, Images)).ToArray();
        var found = EnsembleModels.Serve(version, Pixels, Images);

        EnsembleModels.AssertNear(EnsembleModels.Mean(alone, shares).SelectMany(static r => r), found["probabilities"].Values<float>(), 3e-6);
        EnsembleModels.AssertNear(EnsembleModels.MutualInformation(alone, shares), found["disagreement"].Values<float>(), 5e-6);
        EnsembleModels.AssertNear(Enumerable.Range(0, Images).SelectMany(i => alone.SelectMany(m => m[i])), found["members"].Values<float>(), 3e-6);
        EnsembleModels.AssertNear(found["probabilities"].Values<float>().ToArray().Select(static p => Math.Log(p)), found["logits"].Values<float>(), 1e-4);
        Assert.True(EnsembleModels.MutualInformation(alone, shares).Max() > 0.05, "The members hardly disagree, so that the test shows little.");
    }

    [Fact]
    public async Task Members_that_are_equal_never_disagree_and_their_weights_are_stored_once()
    {
        var graph = EnsembleModels.Network("resblocks", 3);
        var one = _models.Publish("a", graph);
        _models.Publish("a", graph);
        _models.Publish("a", graph);
        var version = await Merge(["a:1", "a:2", "a:3"]);
        var found = EnsembleModels.Serve(version, Pixels, Images);

        EnsembleModels.AssertNear(Enumerable.Repeat(0.0, Images), found["disagreement"].Values<float>(), 1e-6);
        EnsembleModels.AssertNear(EnsembleModels.Probabilities(one, Pixels, Images).SelectMany(static r => r), found["probabilities"].Values<float>(), 3e-6);
        var bytes = one.Manifest.Find("graph")!.Bytes;
        Assert.InRange(version.Manifest.Find("graph")!.Bytes, bytes * 0.9, bytes * 1.1);
        Assert.True(version.Manifest.Find("model")!.Bytes < bytes * 1.1);
    }

    [Fact]
    public async Task Weights_that_members_share_are_stored_once_and_the_others_once_each()
    {
        var first = EnsembleModels.Network("mlp", 1);
        var second = EnsembleModels.Network("mlp", 2);
        var halfShared = second with { Initializers = second.Initializers.Select((name, data) => name == "fc1.weight" ? first.Initializers[name] : data) };
        var a = _models.Publish("a", first);
        _models.Publish("b", halfShared);
        var version = await Merge(["a", "b"]);

        var shared = first.Initializers["fc1.weight"].ByteCount;
        Assert.InRange(version.Manifest.Find("graph")!.Bytes, (2 * a.Manifest.Find("graph")!.Bytes) - shared - 4096, (2 * a.Manifest.Find("graph")!.Bytes) - shared + 4096);
    }

    [Fact]
    public async Task Probabilities_of_zero_and_one_leave_numbers()
    {
        foreach (var (name, hot) in new[] { ("a", 0), ("b", 1) })
        {
            var graph = EnsembleModels.Network("linear", 1, new(1, 28, 28));
            _models.Publish(name, graph with { Initializers = graph.Initializers.Select((_, data) => Certain(data, hot)) });
        }

        var version = await Merge(["a", "b"]);
        var found = EnsembleModels.Serve(version, Pixels, Images);
        foreach (var row in found["probabilities"].Values<float>().ToArray().Chunk(10))
        {
            Assert.Equal([0.5f, 0.5f, 0, 0, 0, 0, 0, 0, 0, 0], row);
        }

        EnsembleModels.AssertNear(Enumerable.Repeat(Math.Log(2), Images), found["disagreement"].Values<float>(), 1e-6);
        Assert.All(found["logits"].Values<float>().ToArray(), static z => Assert.True(float.IsFinite(z)));
    }

    [Fact]
    public async Task An_ensemble_among_the_models_gives_its_members_with_products_of_weights()
    {
        for (var i = 1; i <= 3; i++)
        {
            _models.Publish($"m{i}", EnsembleModels.Network(i == 2 ? "resblocks" : "mlp", i));
        }

        await Merge(["m1", "m2", "--weights", "1,3"], "inner");
        var nested = await Merge(["inner", "m3", "--weights", "2,1"], "nested");
        var flat = await Merge(["m1", "m2", "m3", "--weights", "2,6,4"], "flat");

        Assert.Equal(flat.Manifest.Parents.Select(static p => p.Reference), nested.Manifest.Parents.Select(static p => p.Reference));
        Assert.All(flat.Manifest.Parents.Zip(nested.Manifest.Parents), static pair => Assert.Equal(pair.First.Weight!.Value, pair.Second.Weight!.Value, 1e-12));
        var (expected, found) = (EnsembleModels.Serve(flat, Pixels, Images), EnsembleModels.Serve(nested, Pixels, Images));
        Assert.All(expected.Keys, name => EnsembleModels.AssertNear(expected[name].Values<float>().ToArray().Select(static v => (double)v), found[name].Values<float>(), 1e-6));
        var twice = await Merge(["nested", "inner", "m1"], "twice");
        Assert.Equal(["m1:1", "m2:1", "m3:1"], twice.Manifest.Parents.Select(static p => p.Reference));
        Assert.Equal(1, twice.Manifest.Parents.Sum(static p => p.Weight!.Value), 1e-12);
    }

    [Fact]
    public async Task Members_that_normalise_in_their_own_way_get_what_they_were_trained_on()
    {
        var a = _models.Publish("a", EnsembleModels.Network("resblocks", 1), mean: 0.286f);
        var b = _models.Publish("b", EnsembleModels.Network("resblocks", 2), mean: 0.5f);
        var version = await Merge(["a", "b"]);
        var found = EnsembleModels.Serve(version, Pixels, Images);

        EnsembleModels.AssertNear(EnsembleModels.Mean([EnsembleModels.Probabilities(a, Pixels, Images), EnsembleModels.Probabilities(b, Pixels, Images)], [1, 1]).SelectMany(static r => r), found["probabilities"].Values<float>(), 3e-6);
        Assert.Equal((0f, 1f), (version.Manifest.Preprocessing.Mean[0], version.Manifest.Preprocessing.Std[0]));
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "all")).ExitCode);
    }

    [Fact]
    public async Task Members_for_smaller_images_get_them_resized_bilinearly_in_the_graph()
    {
        var large = _models.Publish("large", EnsembleModels.Network("mlp", 1));
        var small = _models.Publish("small", EnsembleModels.Network("mlp", 2, new(1, 20, 12)), mean: 0.4f);
        var version = await Merge(["small", "large"]);
        var found = EnsembleModels.Serve(version, Pixels, Images);

        Assert.Equal((28, 28), (version.Manifest.Preprocessing.Height, version.Manifest.Preprocessing.Width));
        var resized = TensorData.Of<float>([.. Resized(20, 12).Select(v => (v * small.Manifest.Preprocessing.Scale(0)) + small.Manifest.Preprocessing.Offset(0))], Images, 1, 20, 12);
        EnsembleModels.AssertNear(
            EnsembleModels.Mean([EnsembleModels.Probabilities(small, resized), EnsembleModels.Probabilities(large, Pixels, Images)], [1, 1]).SelectMany(static r => r), found["probabilities"].Values<float>(), 1e-5);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "all")).ExitCode);
    }

    [Fact]
    public async Task A_foreign_operator_takes_part_as_it_is()
    {
        var foreign = new Sketch().Input("x", ["N", 1, 28, 28])
            .Weight("w", 4, 1, 3, 3).Node("conv", new Conv(), "x", "w")
            .Node("act", new Foreign("Celu", "", [new("alpha", new AttributeValue.Float(0.5f))]), "conv")
            .Node("pool", new GlobalAveragePool(), "act").Node("flat", new Flatten(), "pool")
            .Weight("fc", 10, 4).Node("logits", new Gemm(TransB: true), "flat", "fc").Output("logits", ["N", 10]).Build();
        var a = Publish(foreign, "a");
        var b = _models.Publish("b", EnsembleModels.Network("mlp", 2));
        var version = await Merge(["a", "b"]);
        var found = EnsembleModels.Serve(version, Pixels, Images);

        var alone = Softmax(Foreign(a)).ToArray();
        EnsembleModels.AssertNear(EnsembleModels.Mean([alone, EnsembleModels.Probabilities(b, Pixels, Images)], [1, 1]).SelectMany(static r => r), found["probabilities"].Values<float>(), 3e-6);
        Assert.Contains(OnnxFile.Read(Path.Combine(version.Folder, "model.onnx")).Graph.Nodes, static n => n.Name == "m1.act" && n.Op is Foreign);
    }

    [Fact]
    public async Task Files_of_another_exporter_are_merged_whatever_their_opsets()
    {
        string[] names = ["resnet", "shufflenet", "mobilenet", "convnext"];
        foreach (var (name, mean) in names.Zip(["0.4", "0.4", "0.5", "0.6"]))
        {
            var import = await _models.Run("import", Path.Combine(FixtureFolder(), $"{name}.onnx"), "--name", name, "--mean", mean, "--std", "0.25");
            Assert.True(import.ExitCode == ExitCode.Ok, import.Error);
        }

        var version = await Merge(names);
        var pixels = RandomData.Pixels(Images * 16 * 16);
        var alone = names.Select(name => EnsembleModels.Probabilities(_models.Registry.Resolve(name), pixels, Images)).ToArray();
        EnsembleModels.AssertNear(EnsembleModels.Mean(alone, [1, 1, 1, 1]).SelectMany(static r => r), EnsembleModels.Serve(version, pixels, Images)["probabilities"].Values<float>(), 3e-6);
        Assert.Equal(ExitCode.Ok, (await _models.Run("verify", "all")).ExitCode);
    }

    [Fact]
    public async Task A_member_that_ends_in_a_softmax_and_one_with_a_single_logit_are_averaged_as_they_answer()
    {
        var softmax = new Sketch().Input("x", ["N", 1, 28, 28]).Node("flat", new Flatten(), "x").Weight("fc", 2, 784).Node("z", new Gemm(Alpha: 0.1f, TransB: true), "flat", "fc")
            .Node("p", new Softmax(1), "z").Output("p", ["N", 2]).Build();
        var single = EnsembleModels.Network("mlp", 2, classes: 1);
        var a = _models.Publish("a", softmax, change: static p => p with { Manifest = p.Manifest with { Labels = ["no", "yes"] } });
        var b = _models.Publish("b", single, change: static p => p with { Manifest = p.Manifest with { Labels = ["no", "yes"] } });
        var version = await Merge(["a", "b"]);
        var found = EnsembleModels.Serve(version, Pixels, Images);

        var input = InputForm.Tensor.Make(a.Manifest.Preprocessing, Pixels, Images);
        var first = OnnxRuntime.Output(softmax, input).Chunk(2).Select(static r => r.Select(static p => (double)p).ToArray()).ToArray();
        var second = OnnxRuntime.Output(single, input).Select(static z => new[] { 1 / (1 + Math.Exp(z)), 1 / (1 + Math.Exp(-z)) }).ToArray();
        EnsembleModels.AssertNear(EnsembleModels.Mean([first, second], [1, 1]).SelectMany(static r => r), found["probabilities"].Values<float>(), 3e-6);
        Assert.Equal("b:1", b.ToString());
    }

    private static string FixtureFolder([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "../Importing/Fixtures");

    private async Task<ModelVersion> Merge(string[] args, string name = "all")
    {
        var run = await _models.Run(["ensemble", .. args, "--name", name]);
        Assert.True(run is { ExitCode: ExitCode.Ok, Error: "" }, run.Error);
        return _models.Registry.Resolve(name);
    }

    // A class that has all of the probability: the other logits are too small for float32.
    private static TensorData Certain(TensorData data, int hot) => data.Dimensions.Count == 1
        ? TensorData.Of<float>([.. Enumerable.Range(0, 10).Select(c => c == hot ? 1000f : -1000f)])
        : TensorData.Of<float>(new float[data.ElementCount], data.Dimensions.AsSpan());

    private ModelVersion Publish(Graph graph, string name)
    {
        var labels = TestModels.Labels;
        using var draft = _models.Registry.NewVersion(name);
        draft.Add(ArtifactKinds.Graph, "graph.onnx", path =>
        {
            OnnxFile.Write(graph, path);
            return new() { Precision = "float32", Opset = Graph.DefaultOpset };
        });
        return draft.Publish(new() { Task = "classification", Preprocessing = new(1, 28, 28, [0.286f], [0.353f]), Labels = labels, Import = new("odd.onnx", new string('0', 64)) });
    }

    private static IEnumerable<float[]> Foreign(ModelVersion version)
    {
        using var session = ModelSession.Load(Path.Combine(version.Folder, "graph.onnx"), new() { Device = DeviceSpec.Cpu });
        var input = InputForm.Tensor.Make(version.Manifest.Preprocessing, Pixels, Images);
        return session.Run(new Dictionary<string, TensorData> { ["x"] = input })["logits"].Values<float>().ToArray().Chunk(10);
    }

    private static IEnumerable<double[]> Softmax(IEnumerable<float[]> rows) => rows.Select(static row =>
    {
        var powers = row.Select(z => Math.Exp((double)z - row.Max())).ToArray();
        return powers.Select(p => p / powers.Sum()).ToArray();
    });

    // Half-pixel centres, edges repeated: align_corners=False.
    private static IEnumerable<float> Resized(int height, int width)
    {
        for (var image = 0; image < Images; image++)
        {
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var (top, bottom, dy) = Neighbours(y, height);
                    var (left, right, dx) = Neighbours(x, width);
                    var upper = (At(top, left) * (1 - dx)) + (At(top, right) * dx);
                    yield return (float)((upper * (1 - dy)) + (((At(bottom, left) * (1 - dx)) + (At(bottom, right) * dx)) * dy));
                }
            }

            double At(int y, int x) => Pixels[(image * 28 * 28) + (y * 28) + x];
        }

        static (int Low, int High, double Share) Neighbours(int at, int size)
        {
            var place = Math.Clamp(((at + 0.5) * 28 / size) - 0.5, 0, 27);
            var low = (int)Math.Floor(place);
            return (low, Math.Min(low + 1, 27), place - low);
        }
    }
}
