using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;
using Toolchain.Runtime;

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
    public void A_graph_that_uses_the_interfaces_names_for_something_else_gives_the_same_under_other_names()
    {
        RewritePipeline Interface(string input) => new([new FreeName(input), new AddPreprocessing(Colour), new FreeName("logits"), new NameOutput("logits"), new FreeName("probabilities"), new AddSoftmax()]);
        Graph Build(string input, string first, string second, string weight) => new Sketch().Input(input, ["N", 3, 16, 16]).Weight(weight, 1)
            .Node(first, new Relu(), input).Node(second, new Mul(), first, weight).Node("last", new Flatten(), second).Output("last").Build();

        var images = InputForm.Pixels.Make(Colour, Enumerable.Range(0, 2 * 16 * 16 * 3).Select(static i => (byte)(i * 7)).ToArray(), 2);
        var (plain, _) = Interface("pixels").Apply(Build("input", "a", "b", "w"));
        var (renamed, _) = Interface("pixels").Apply(Build("pixels", "logits", "probabilities", "pixels_1"));

        Assert.Equal("pixels", Assert.Single(renamed.Inputs).Name);
        Assert.Equal(["logits", "probabilities"], renamed.Outputs.Select(static o => o.Name));
        var (expected, found) = (OnnxRuntime.Run(plain, images), OnnxRuntime.Run(renamed, images));
        Assert.Equal(expected["logits"].Values<float>().ToArray(), found["logits"].Values<float>().ToArray());
        Assert.Equal(expected["probabilities"].Values<float>().ToArray(), found["probabilities"].Values<float>().ToArray());
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
    public void A_single_logit_becomes_the_probabilities_of_two_classes()
    {
        var graph = new Sketch().Input("input", ["N", 1]).Node("logits", new Tanh(), "input").Output("logits").Build();
        var (result, _) = new AddSoftmax().Apply(graph);
        var outputs = OnnxRuntime.Run(result, RandomData.Floats([3, 1], low: -4, high: 4));
        var second = outputs["logits"].Values<float>().ToArray().Select(static z => 1 / (1 + MathF.Exp(-z))).ToArray();

        Assert.Equal(new Dimension[] { "N", 2 }, result.Outputs[1].Type.Shape!);
        OnnxRuntime.AssertClose([1 - second[0], second[0], 1 - second[1], second[1], 1 - second[2], second[2]], outputs["probabilities"].Values<float>(), 1e-6);
    }

    [Fact]
    public void A_graph_that_ends_in_a_softmax_gets_no_softmax_of_a_softmax()
    {
        var graph = new Sketch().Input("input", ["N", 5]).Node("logits", new Softmax(), "input").Output("logits").Build();
        var outputs = OnnxRuntime.Run(new AddSoftmax().Apply(graph).Graph, RandomData.Floats([3, 5]));
        Assert.Equal(outputs["logits"].Values<float>().ToArray(), outputs["probabilities"].Values<float>().ToArray());
    }

    [Fact]
    public void The_trained_output_gets_its_name_wherever_it_is_read()
    {
        var graph = new Sketch().Input("input", ["N", 5]).Node("scores", new Tanh(), "input").Node("more", new Relu(), "scores").Output("scores").Output("more").Build();
        var (result, report) = new NameOutput("values").Apply(graph);

        Assert.Equal(["values", "more"], result.Outputs.Select(static o => o.Name));
        Assert.Equal(1, report.Count("output named"));
        Assert.Equal("nothing to do", new NameOutput("values").Apply(result).Report.ToString());
        var (before, after) = (OnnxRuntime.Run(graph, RandomData.Floats([2, 5])), OnnxRuntime.Run(result, RandomData.Floats([2, 5])));
        Assert.Equal(before["scores"].Values<float>().ToArray(), after["values"].Values<float>().ToArray());
        Assert.Equal(before["more"].Values<float>().ToArray(), after["more"].Values<float>().ToArray());
    }

    [Fact]
    public void A_name_that_another_value_has_is_not_given_twice()
    {
        var graph = new Sketch().Input("input", ["N", 5]).Node("values", new Tanh(), "input").Node("scores", new Relu(), "values").Output("scores").Build();
        Assert.Contains("'scores' of graph 'sketch' cannot be named 'values'", Assert.Throws<ToolchainException>(() => new NameOutput("values").Apply(graph)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_numbers_of_a_table_are_normalised_as_the_trainer_does_to_the_last_bit()
    {
        var table = new Preprocessing(3, 1, 1, [10, -2, 0.5f], [3, 0.1f, 7]) { Samples = SampleKind.Numbers };
        var graph = new Sketch().Input("input", ["N", 3, 1, 1]).Node("logits", new Flatten(), "input").Output("logits").Build();
        var rows = RandomData.Floats([4, 3], low: -20, high: 20);
        var (result, _) = new AddPreprocessing(table).Apply(graph);

        Assert.Equal(new ValueInfo("numbers", new(ElementType.Float32, ["N", 1, 1, 3])), Assert.Single(result.Inputs));
        var found = OnnxRuntime.Run(result, InputForm.Pixels.Make(table, rows.Bytes, 4), optimize: true)["logits"].Values<float>().ToArray();
        Assert.Equal(InputForm.Tensor.Make(table, rows.Bytes, 4).Values<float>().ToArray(), found);
        OnnxRuntime.AssertClose([.. rows.Values<float>().ToArray().Select((v, i) => (v - table.Mean[i % 3]) / table.Std[i % 3])], found);
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
