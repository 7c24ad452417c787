using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;
using Toolchain.Export.Verification;
using Toolchain.Runtime;

namespace Toolchain.Export.Tests.Exporting;

/// <summary>Every network that can be trained can be exported, and computes the same afterwards.</summary>
public sealed class NetworkTests
{
    public static TheoryData<string, string> Networks => NetworkSamples.All();

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_exported_graph_computes_what_the_trained_one_does(string name, string setting)
    {
        var (trained, size) = NetworkSamples.Build(name, setting);
        var preprocessing = TestModels.PreprocessingFor(size);
        var (exported, reports) = RewritePipeline.Inference.Then(new AddPreprocessing(preprocessing), new AddSoftmax()).Apply(trained);

        Assert.DoesNotContain(exported.Nodes, static n => n.Op is BatchNormalization or Dropout or Identity);
        Assert.Equal(trained.Nodes.Count(static n => n.Op is BatchNormalization), reports.Single(static r => r.Rewrite == "fold-batch-normalization").Count("folded"));

        var batches = new[] { 1, 3, 8 };
        var pixels = batches.Select(batch => RandomData.Pixels(batch * size.Channels * size.Height * size.Width)).ToArray();
        var expected = OnnxRuntime.Run(trained, [.. batches.Zip(pixels, (batch, images) => InputForm.Tensor.Make(preprocessing, images, batch))]);
        var found = OnnxRuntime.Run(exported, [.. batches.Zip(pixels, (batch, images) => InputForm.Pixels.Make(preprocessing, images, batch))], optimize: true);

        // Each operator rounds once more, and in networks of hundreds that adds up.
        var tolerance = Math.Max(1e-5, 1e-7 * trained.Nodes.Count);
        for (var i = 0; i < batches.Length; i++)
        {
            OnnxRuntime.AssertClose(expected[i]["logits"].Values<float>(), found[i]["logits"].Values<float>(), tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Both_half_precision_forms_stay_within_their_tolerances(string name, string setting)
    {
        var (trained, size) = NetworkSamples.Build(name, setting);
        var (exported, _) = RewritePipeline.Inference.Apply(trained);
        var input = RandomData.Floats([2, size.Channels, size.Height, size.Width]);
        var expected = OnnxRuntime.Output(trained, input);
        var largest = Math.Max(1, expected.Max(static v => Math.Abs(v)));

        // Random statistics let the values of the deepest networks grow beyond what float16 holds; trained ones stay near 1.
        (Rewrite, double)[] forms = [(new HalveStorage(), Tolerances.HalfStorage), .. largest < 1000 ? ((Rewrite, double)[])[(new HalveCompute(), Tolerances.HalfCompute)] : []];
        foreach (var (rewrite, tolerance) in forms)
        {
            var found = OnnxRuntime.Run(rewrite.Apply(exported).Graph, input, optimize: true).Values.Single().Values<float>();
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * largest, $"{rewrite.Name}, value {i}: expected {expected[i]:R}, found {found[i]:R}.");
            }
        }
    }

    [Theory]
    [InlineData(13)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(21)]
    public void Every_opset_that_can_be_written_runs(int opset)
    {
        foreach (var (name, setting) in new[] { ("mlp", ""), ("resblocks", ""), ("resnet20", ""), ("unet", "width=8"), ("unet", "width=8,up=bilinear") })
        {
            var (trained, size) = NetworkSamples.Build(name, setting);
            var (exported, _) = RewritePipeline.Inference.Then(new AddSoftmax()).Apply(trained);
            var input = RandomData.Floats([3, size.Channels, size.Height, size.Width]);
            OnnxRuntime.AssertClose(OnnxRuntime.Output(trained, input), OnnxRuntime.Run(exported, input, opset, optimize: true)["logits"].Values<float>());
        }
    }
}
