using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class InterfaceTests
{
    private static readonly Preprocessing Colour = new(3, 16, 16, [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);
    private static readonly Preprocessing Grey = new(1, 16, 16, [0.2860f], [0.3530f]);

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Preprocessing_in_the_graph_equals_the_trainers_to_the_last_bit(int channels)
    {
        var preprocessing = channels == 3 ? Colour : Grey;
        var graph = new Sketch().Input("input", ["N", channels, 16, 16]).Node("logits", new Identity(), "input").Output("logits").Build();
        var pixels = Enumerable.Range(0, 2 * 16 * 16 * channels).Select(static i => (byte)(i / 3)).ToArray();

        var (result, _) = new AddPreprocessing(preprocessing).Apply(graph);

        Assert.Equal(new ValueInfo("pixels", new(ElementType.UInt8, ["N", 16, 16, channels])), Assert.Single(result.Inputs));
        foreach (var optimize in new[] { false, true })
        {
            var values = OnnxRuntime.Run(result, InputForm.Pixels.Make(preprocessing, pixels, 2), optimize: optimize)["logits"];
            Assert.Equal(InputForm.Tensor.Make(preprocessing, pixels, 2).Values<float>().ToArray(), values.Values<float>().ToArray());
        }
    }

    [Fact]
    public void The_tensor_form_is_planes_of_scaled_and_shifted_pixels()
    {
        var preprocessing = new Preprocessing(2, 1, 2, [0.5f, 0.25f], [0.5f, 2f]);
        var values = InputForm.Tensor.Make(preprocessing, new byte[] { 0, 255, 51, 102 }, 1).Values<float>().ToArray();

        OnnxRuntime.AssertClose([-1, -0.6f, (1 - 0.25f) / 2, (0.4f - 0.25f) / 2], values, 1e-7);
    }

    [Fact]
    public void Preprocessing_for_other_images_is_refused_with_both_shapes()
    {
        var graph = new Sketch().Input("input", ["N", 1, 28, 28]).Node("logits", new Identity(), "input").Output("logits").Build();
        var refusal = Assert.Throws<ToolchainException>(() => new AddPreprocessing(Colour).Apply(graph));

        Assert.Equal(ErrorKind.BadInput, refusal.Kind);
        Assert.Contains("expected an input float32 [N, 3, 16, 16], found 'input' float32 [N, 1, 28, 28]", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_the_graph_uses_already_are_not_taken_again()
    {
        var graph = new Sketch().Input("input", ["N", 3, 16, 16]).Weight("preprocessing.scale", 1).Node("preprocessing.cast", new Mul(), "input", "preprocessing.scale")
            .Node("softmax", new Relu(), "preprocessing.cast").Node("logits", new Flatten(), "softmax").Output("logits").Build();

        var (result, _) = new RewritePipeline([new AddPreprocessing(Colour), new AddSoftmax()]).Apply(graph);

        GraphTypes.Infer(result);
        Assert.Equal(result.Nodes.Count, result.Nodes.Select(static n => n.Name).Distinct().Count());
    }

    [Fact]
    public void The_probabilities_of_a_segmentation_sum_to_one_at_every_pixel()
    {
        var graph = new Sketch().Input("input", ["N", 3, 4, 5]).Node("logits", new Tanh(), "input").Output("logits").Build();
        var (result, _) = new AddSoftmax().Apply(graph);
        var found = OnnxRuntime.Run(result, RandomData.Floats([2, 3, 4, 5]))["probabilities"].Values<float>();
        for (var image = 0; image < 2; image++)
        {
            for (var pixel = 0; pixel < 20; pixel++)
            {
                var first = (image * 60) + pixel;
                Assert.Equal(1, found[first] + found[first + 20] + found[first + 40], 1e-5f);
            }
        }
    }

    [Fact]
    public void Probabilities_stand_behind_the_logits_and_sum_to_one()
    {
        var graph = new Sketch().Input("input", ["N", 5]).Node("logits", new Tanh(), "input").Output("logits").Build();
        var (result, _) = new AddSoftmax().Apply(graph);
        Assert.Equal(["logits", "probabilities"], result.Outputs.Select(static o => o.Name));

        var outputs = OnnxRuntime.Run(result, RandomData.Floats([3, 5]));
        var logits = outputs["logits"].Values<float>();
        var exponentials = logits[..5].ToArray().Select(static v => Math.Exp(v)).ToArray();
        OnnxRuntime.AssertClose([.. exponentials.Select(e => (float)(e / exponentials.Sum()))], outputs["probabilities"].Values<float>()[..5], 1e-6);
    }

    [Fact]
    public void A_graph_with_probabilities_gets_no_second_softmax()
    {
        var graph = new Sketch().Input("input", ["N", 5]).Node("logits", new Tanh(), "input").Output("logits").Build();
        var (once, _) = new AddSoftmax().Apply(graph);
        var (twice, report) = new AddSoftmax().Apply(once);

        Assert.Equal("nothing to do", report.ToString());
        Assert.Equal(once.Nodes, twice.Nodes);
    }

    [Fact]
    public void A_graph_without_logits_is_refused_with_the_outputs_that_it_has()
    {
        var graph = new Sketch().Input("input", ["N", 5]).Node("scores", new Tanh(), "input").Output("scores").Build();
        Assert.Contains("it has 'scores'", Assert.Throws<ToolchainException>(() => new AddSoftmax().Apply(graph)).Message, StringComparison.Ordinal);
    }
}
