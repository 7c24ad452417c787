using Toolchain.Graphs.Editing;

namespace Toolchain.Graphs.Tests.Editing;

public sealed class LayerExpressionTests
{
    [Theory]
    [InlineData("ReLU", "ReLU()")]
    [InlineData(" LeakyReLU( 0.1 ) ", "LeakyReLU(0.1)")]
    [InlineData("Conv2d(64,kernel=3,stride=1,padding=1)", "Conv2d(64, kernel=3, stride=1, padding=1)")]
    [InlineData("AdaptiveAvgPool2d((6, 6))", "AdaptiveAvgPool2d((6, 6))")]
    [InlineData("MaxPool2d(2, stride=None)", "MaxPool2d(2, stride=None)")]
    [InlineData("Sequential(Linear(256), ReLU(), Dropout(p=0.4), Linear(10, bias=False))", "Sequential(Linear(256), ReLU(), Dropout(p=0.4), Linear(10, bias=False))")]
    [InlineData("Sequential(ReLU, Sequential(Tanh))", "Sequential(ReLU(), Sequential(Tanh()))")]
    public void A_layer_is_written_as_in_PyTorch(string text, string canonical)
    {
        var layer = LayerExpression.Parse(text);
        Assert.Equal(canonical, layer.ToString());
        Assert.Equal(canonical, LayerExpression.Parse(canonical).ToString());
    }

    [Theory]
    [InlineData("Conv2d(8, 3)", "Conv", "[8, 3, 3, 3]")]
    [InlineData("Conv2d(out_channels=8, kernel_size=3, groups=1)", "Conv", "[8, 3, 3, 3]")]
    [InlineData("Conv2d(channels=8, kernel=1, bias=False)", "Conv", "[8, 3, 1, 1]")]
    [InlineData("Sequential(Flatten(), Linear(features=5))", "Flatten, Gemm", "[5, 192]")]
    [InlineData("ReLU6()", "Constant, Constant, Clip", null)]
    [InlineData("Softmax(dim=1)", "Softmax", null)]
    [InlineData("AvgPool2d(2, ceil_mode=True)", "AveragePool", null)]
    public void It_makes_the_nodes_and_weights_of_the_layer(string text, string operators, string? weight)
    {
        var net = new GraphBuilder("test");
        net.Output("y", net.Apply("layer", LayerExpression.Parse(text).ToLayer(), net.Input("x", ElementType.Float32, ["N", 3, 8, 8])));
        var graph = net.Build();
        Assert.Equal(operators, string.Join(", ", graph.Nodes.Select(static n => n.Op.Type)));
        Assert.Equal(weight, graph.Initializers.Values.FirstOrDefault()?.Dimensions.ToString());
    }

    [Fact]
    public void Every_layer_is_listed_with_its_arguments()
    {
        Assert.Contains("Conv2d(out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True)", LayerKinds.Usages);
        Assert.All(LayerKinds.Usages, static usage => Assert.Matches(@"^[A-Z]\w+\(.*\)$", usage));
    }

    [Theory]
    [InlineData("Relu", "Layer 'Relu' is not known. Did you mean 'ReLU'? Known layers: Conv2d, Linear,")]
    [InlineData("", "Layer '' is not understood: expected a name or a number at character 1, found the end.")]
    [InlineData("Conv2d(8, 3", "Layer 'Conv2d(8, 3' is not understood: expected ',' or ')' at character 12, found the end.")]
    [InlineData("Conv2d(8, 3) x", "Layer 'Conv2d(8, 3) x' is not understood: expected the end at character 14, found 'x'.")]
    [InlineData("3", "Layer '3' is not understood: expected a layer's name at character 1, found '3'.")]
    [InlineData("Conv2d(8)", "Layer Conv2d(out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True): kernel_size is missing.")]
    [InlineData("Conv2d(3, 64, kernel_size=3)", "kernel_size is given twice. Sizes that follow from the layer's input are left out.")]
    [InlineData("Conv2d(8, 3, strid=2)", "'strid' is not one of its arguments; did you mean 'stride'? Sizes")]
    [InlineData("Conv2d(8, 0)", "kernel_size takes a whole number from 1, found '0'")]
    [InlineData("Linear(256, 10)", "bias takes True or False, found '10'")]
    [InlineData("Dropout(0.5, 0.5)", "Layer Dropout(p=0.5): it takes at most 1 arguments, found 2")]
    [InlineData("ReLU(inplace=True)", "'inplace' is not one of its arguments")]
    [InlineData("LeakyReLU(NaN)", "negative_slope takes a number, found 'NaN'")]
    [InlineData("Sequential()", "Layer Sequential(layer, …): it takes layers, at least one, found 'Sequential()'")]
    [InlineData("Sequential(ReLU, 3)", "it takes layers, at least one")]
    [InlineData("Sequential(Linear(0))", "out_features takes a whole number from 1, found '0'")]
    [InlineData("A(((((((((1)))))))))", "expected at most 8 parentheses inside each other")]
    public void What_is_not_understood_is_told(string text, string message)
    {
        var refusal = Assert.Throws<ToolchainException>(() => LayerExpression.Parse(text));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }
}
