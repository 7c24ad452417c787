namespace Toolchain.Graphs.Tests.Operators;

public sealed class OperatorTableTests
{
    [Fact]
    public void What_is_not_known_is_kept_whole()
    {
        Attribute[] attributes = [new("alpha", new AttributeValue.Float(0.5f)), new("note", new AttributeValue.Text("x"))];
        var foreign = Assert.IsType<Foreign>(OperatorTable.Read("act", "Celu", "ai.onnx", attributes));
        Assert.Equal(("Celu", ""), (foreign.Type, foreign.Domain));
        Assert.Equal(attributes, foreign.Attributes);
        Assert.Equal("com.example", OperatorTable.Read("act", "Relu", "com.example", []).Domain);
    }

    public static TheoryData<string, Attribute> ForeignForms() => new()
    {
        { "ConvTranspose", new("auto_pad", new AttributeValue.Text("SAME_UPPER")) },
        { "ConvTranspose", new("output_shape", new AttributeValue.Ints([9, 9])) },
        { "Resize", new("coordinate_transformation_mode", new AttributeValue.Text("tf_crop_and_resize")) },
        { "Resize", new("antialias", new AttributeValue.Int(1)) },
        { "Resize", new("exclude_outside", new AttributeValue.Int(1)) },
        { "Resize", new("axes", new AttributeValue.Ints([2, 3])) },
        { "Einsum", new("equation", new AttributeValue.Text("...i,ij->...j")) },
        { "Einsum", new("equation", new AttributeValue.Text("ii->i")) },
        { "Einsum", new("equation", new AttributeValue.Text("ij->k")) },
        { "Einsum", new("equation", new AttributeValue.Text("ij->i->j")) },
        { "Resize", new("keep_aspect_ratio_policy", new AttributeValue.Text("not_larger")) },
    };

    [Theory]
    [MemberData(nameof(ForeignForms))]
    public void A_form_that_is_not_known_is_kept_whole(string type, Attribute attribute)
    {
        var foreign = Assert.IsType<Foreign>(OperatorTable.Read("n", type, "", [attribute]));
        Assert.Equal((type, attribute), (foreign.Type, Assert.Single(foreign.Attributes)));
    }

    [Fact]
    public void Attributes_that_only_say_the_default_are_no_other_form()
    {
        Attribute[] said =
        [
            new("antialias", new AttributeValue.Int(0)), new("cubic_coeff_a", new AttributeValue.Float(-0.5f)), new("exclude_outside", new AttributeValue.Int(0)),
            new("extrapolation_value", new AttributeValue.Float(0)), new("keep_aspect_ratio_policy", new AttributeValue.Text("stretch")), new("mode", new AttributeValue.Text("linear")),
        ];
        Assert.Equal(new Resize(ResizeMode.Linear), OperatorTable.Read("n", "Resize", "", said));
        Assert.Equal(new Resize(ResizeMode.Cubic, CubicCoefficient: -0.5f), OperatorTable.Read("n", "Resize", "", [.. said.SkipLast(1), new("mode", new AttributeValue.Text("cubic"))]));
        Assert.Equal(new ConvTranspose(), OperatorTable.Read("n", "ConvTranspose", "", [new("auto_pad", new AttributeValue.Text("VALID")), new("pads", new AttributeValue.Ints([0, 0, 0, 0]))]));
    }

    [Fact]
    public void An_attribute_that_the_operator_lacks_is_refused_by_name()
    {
        var refusal = Assert.Throws<ToolchainException>(() => OperatorTable.Read("act", "Relu", "", [new("slope", new AttributeValue.Float(1))]));
        Assert.Equal("Relu node 'act': attribute 'slope' is not one that Relu has.", refusal.Message);
    }

    [Theory]
    [InlineData("Softmax", "axis", "x", "Softmax node 'n', attribute 'axis': expected an integer, found text.")]
    [InlineData("Conv", "auto_pad", "SAME", "Conv node 'n', attribute 'auto_pad': expected NOTSET, SAME_UPPER, SAME_LOWER or VALID, found SAME.")]
    [InlineData("Pad", "mode", "mirror", "Pad node 'n', attribute 'mode': expected constant, reflect, edge or wrap, found mirror.")]
    [InlineData("Gelu", "approximate", "sigmoid", "Gelu node 'n', attribute 'approximate': expected none or tanh, found sigmoid.")]
    [InlineData("LRN", "size", "3", "LRN node 'n', attribute 'size': expected an integer, found text.")]
    public void A_value_that_does_not_fit_says_what_would(string type, string name, string value, string expected)
    {
        var refusal = Assert.Throws<ToolchainException>(() => OperatorTable.Read("n", type, "", [new(name, new AttributeValue.Text(value))]));
        Assert.Equal((ErrorKind.BadInput, expected), (refusal.Kind, refusal.Message));
    }

    [Theory]
    [InlineData("BatchNormalization", "training_mode", 1, "expected 0, found 1")]
    [InlineData("MaxPool", "storage_order", 1, "expected 0, found 1")]
    [InlineData("Gemm", "transA", 2, "expected 0 or 1, found 2")]
    [InlineData("Cast", "to", 99, "expected an element type, found 99")]
    [InlineData("LayerNormalization", "stash_type", 16, "expected 1, found 16")]
    public void A_form_that_is_not_implemented_is_refused(string type, string name, long value, string expected)
    {
        Attribute[] needed = type == "MaxPool" ? [new("kernel_shape", new AttributeValue.Ints([2, 2]))] : [];
        var refusal = Assert.Throws<ToolchainException>(() => OperatorTable.Read("n", type, "", [.. needed, new(name, new AttributeValue.Int(value))]));
        Assert.Equal($"{type} node 'n', attribute '{name}': {expected}.", refusal.Message);
    }

    [Theory]
    [InlineData("MaxPool", "kernel_shape", "a list of integers")]
    [InlineData("AveragePool", "kernel_shape", "a list of integers")]
    [InlineData("Concat", "axis", "an integer")]
    [InlineData("Cast", "to", "an integer")]
    [InlineData("DepthToSpace", "blocksize", "an integer")]
    [InlineData("SpaceToDepth", "blocksize", "an integer")]
    [InlineData("LRN", "size", "an integer")]
    [InlineData("GroupNormalization", "num_groups", "an integer")]
    [InlineData("Einsum", "equation", "a string")]
    [InlineData("Constant", "value", "a tensor, or value_int, value_ints, value_float or value_floats")]
    public void What_an_operator_needs_is_asked_for(string type, string name, string what)
    {
        var refusal = Assert.Throws<ToolchainException>(() => OperatorTable.Read("n", type, "", []));
        Assert.StartsWith($"{type} node 'n', attribute '{name}': expected {what}, found no", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_known_operator_is_its_own_record_under_its_own_name()
    {
        Attribute[] For(string type) => type switch
        {
            "MaxPool" or "AveragePool" => [new("kernel_shape", new AttributeValue.Ints([2, 2]))],
            "Concat" => [new("axis", new AttributeValue.Int(1))],
            "Cast" => [new("to", new AttributeValue.Int(1))],
            "Constant" => [new("value_int", new AttributeValue.Int(1))],
            "DepthToSpace" or "SpaceToDepth" => [new("blocksize", new AttributeValue.Int(2))],
            "LRN" => [new("size", new AttributeValue.Int(3))],
            "Einsum" => [new("equation", new AttributeValue.Text("i->i"))],
            "GroupNormalization" => [new("num_groups", new AttributeValue.Int(2))],
            _ => [],
        };

        Assert.All(OperatorTable.Known, type =>
        {
            var op = OperatorTable.Read("n", type, "", For(type));
            Assert.Equal(type, op.Type);

            // The name Shape is that of shapes, and Range that of C#.
            Assert.Equal(type switch { "Shape" => nameof(ShapeOf), "Range" => nameof(RangeOf), _ => type }, op.GetType().Name);
        });
    }
}
