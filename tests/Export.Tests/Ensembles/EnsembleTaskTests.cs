using Toolchain.Export.Tests.Support;
using Toolchain.Networks;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Ensembles;

/// <summary>Ensembles for tasks other than one class per image.</summary>
public sealed class EnsembleTaskTests : IDisposable
{
    private static readonly Preprocessing Table = new(3, 1, 1, [0.5f, -1, 2], [2, 0.5f, 1]) { Samples = SampleKind.Numbers };

    private readonly TestModels _models = new();

    public void Dispose() => _models.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task A_regression_gives_the_mean_of_values_and_their_variance(float unit)
    {
        var graphs = Enumerable.Range(1, 2).Select(seed => NetworkCatalog.Get("linear").Build(new(3, 1, 1), 2, null, seed)).Select(g => g with
        {
            Initializers = g.Initializers.Select((_, data) => TensorData.Of<float>([.. data.Values<float>().ToArray().Select(v => v * unit)], data.Dimensions.AsSpan())),
        }).ToArray();
        foreach (var graph in graphs)
        {
            _models.Publish(graph, Table, "line", static p => p with { Manifest = p.Manifest with { Task = "regression", Labels = ["price", "size"] } });
        }

        Assert.Equal((ExitCode.Ok, ""), await Run("ensemble", "line:1", "line:2", "--name", "both", "--weights", "3,1", "--members"));
        var samples = RandomData.Samples(Table, 5);
        var found = EnsembleModels.Serve(_models.Registry.Resolve("both"), samples, 5);
        var alone = graphs.Select(g => OnnxRuntime.Output(g, InputForm.Tensor.Make(Table, samples, 5))).ToArray();

        Assert.Equal(["disagreement", "members", "values"], found.Keys.Order());
        var mean = alone[0].Zip(alone[1], static (a, b) => (0.75 * a) + (0.25 * b)).ToArray();
        EnsembleModels.AssertNear(mean, found["values"].Values<float>(), 1e-5 * unit);
        EnsembleModels.AssertNear(mean.Select((m, i) => (0.75 * Math.Pow(alone[0][i] - m, 2)) + (0.25 * Math.Pow(alone[1][i] - m, 2))), found["disagreement"].Values<float>(), 1e-5 * unit * unit);
        Assert.Equal((ExitCode.Ok, ""), await Run("verify", "both"));
    }

    [Fact]
    public async Task A_segmentation_is_averaged_pixel_by_pixel()
    {
        var versions = Enumerable.Range(1, 2).Select(seed => Segmenter($"s{seed}", seed, 16)).ToArray();
        Assert.Equal((ExitCode.Ok, ""), await Run("ensemble", "s1", "s2", "--name", "both", "--members"));
        var pixels = RandomData.Pixels(3 * 16 * 16);
        var found = EnsembleModels.Serve(_models.Registry.Resolve("both"), pixels, 3);
        var alone = versions.Select(v => PerPixel(EnsembleModels.Serve(v, pixels, 3)["probabilities"])).ToArray();

        Assert.Equal(("[3, 2, 16, 16]", "[3, 16, 16]", "[3, 2, 2, 16, 16]"), (found["probabilities"].Dimensions.ToString(), found["disagreement"].Dimensions.ToString(), found["members"].Dimensions.ToString()));
        EnsembleModels.AssertNear(EnsembleModels.Mean(alone, [1, 1]).SelectMany(static r => r), [.. PerPixel(found["probabilities"]).SelectMany(static r => r).Select(static p => (float)p)], 1e-6);
        EnsembleModels.AssertNear(EnsembleModels.MutualInformation(alone, [1, 1]), found["disagreement"].Values<float>(), 1e-6);
        Assert.Equal((ExitCode.Ok, ""), await Run("verify", "both"));
    }

    /// <summary>As PyTorch's exporter writes it at opset 9: the scales are computed, so that only the file itself states the size of its output.</summary>
    [Fact]
    public async Task Segmentations_enlarged_by_scales_that_are_computed_are_averaged()
    {
        foreach (var seed in new[] { 1, 2 })
        {
            var file = new ForeignFile(9).Input("x", "N", 3, 6, 6).Weight("w", RandomData.Floats([2, 3, 2, 2], seed)).Floats("kept", 1, 1).Floats("size", 6, 6)
                .Node("Conv", "x w", "small", ("strides", (int[])[2, 2]))
                .Node("Shape", "small", "shape").Node("Slice", "shape", "image", ("axes", (int[])[0]), ("starts", (int[])[2]), ("ends", (int[])[4]))
                .Node("Cast", "image", "pixels", ("to", (int)ElementType.Float32)).Node("Div", "size pixels", "factors").Node("Concat", "kept factors", "scales", ("axis", 0))
                .Node("Upsample", "small scales", "y", ("mode", "nearest")).Output("y", "N", 2, 6, 6);
            var import = await _models.Run("import", file.Write(_models.Folder[$"s{seed}.onnx"]), "--name", $"s{seed}", "--task", "segmentation", "--labels", "ground,road");
            Assert.True(import.ExitCode == ExitCode.Ok, import.Error);
        }

        Assert.Equal((ExitCode.Ok, ""), await Run("ensemble", "s1", "s2", "--name", "both"));
        var pixels = RandomData.Pixels(2 * 6 * 6 * 3);
        var found = EnsembleModels.Serve(_models.Registry.Resolve("both"), pixels, 2)["probabilities"];
        Assert.Equal("[2, 2, 6, 6]", found.Dimensions.ToString());
        Assert.Equal((ExitCode.Ok, ""), await Run("verify", "both"));
    }

    [Fact]
    public async Task Segmentations_of_other_sizes_are_refused()
    {
        Segmenter("s1", 1, 16);
        Segmenter("s2", 2, 32);
        var (exitCode, error) = await Run("ensemble", "s1", "s2", "--name", "both");

        Assert.Equal(ExitCode.BadInput, exitCode);
        Assert.Contains("s2:1 segments images of 1×32×32, expected 1×16×16 as s1:1 does", error, StringComparison.Ordinal);
    }

    private ModelVersion Segmenter(string name, long seed, int size)
    {
        var version = _models.Publish(name, EnsembleModels.Network("unet", seed, new(1, size, size), 2, ("width", "4")), change: static p => p with { Manifest = p.Manifest with { Task = "segmentation", Labels = ["ground", "road"] } });
        Assert.Equal(ExitCode.Ok, _models.Run("onnx", name).GetAwaiter().GetResult().ExitCode);
        return _models.Registry.Resolve(version.Reference);
    }

    private async Task<(ExitCode, string)> Run(params string[] args)
    {
        var run = await _models.Run(args);
        return (run.ExitCode, run.Error);
    }

    // [n, classes, H, W] as a row of classes for each pixel.
    private static double[][] PerPixel(TensorData probabilities)
    {
        var (count, classes) = ((int)probabilities.Dimensions[0], (int)probabilities.Dimensions[1]);
        var plane = (int)(probabilities.ElementCount / count / classes);
        var values = probabilities.Values<float>().ToArray();
        return [.. Enumerable.Range(0, count * plane).Select(i => Enumerable.Range(0, classes).Select(c => (double)values[(((i / plane * classes) + c) * plane) + (i % plane)]).ToArray())];
    }
}
