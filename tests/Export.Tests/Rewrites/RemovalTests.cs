using System.Text;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;

namespace Toolchain.Export.Tests.Rewrites;

public sealed class RemovalTests
{
    private static readonly TensorData Image = RandomData.Floats([2, 3, 5, 5]);

    [Fact]
    public void Dropout_goes_and_its_reader_reads_what_it_read()
    {
        var graph = new Sketch().Node("p", new Constant(TensorData.Scalar(0.5f))).Node("a", new Relu(), "x").Node("drop", new Dropout(), "a", "p").Node("b", new Tanh(), "drop").Output("b").Build();

        var result = Apply(new RemoveDropout(), graph, "removed", 1);

        Assert.Equal(["Constant", "Relu", "Tanh"], result.Nodes.Select(static n => n.Op.Type));
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void Chains_of_dropout_and_identity_go_at_once()
    {
        var graph = new Sketch().Node("a", new Relu(), "x").Node("i", new Identity(), "a").Node("j", new Identity(), "i").Node("k", new Identity(), "j").Node("b", new Add(), "k", "i").Output("b").Build();

        var result = Apply(new RemoveIdentity(), graph, "removed", 3);

        Assert.Equal(["a", "a"], result.Nodes[1].Inputs);
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void The_name_of_an_output_moves_to_the_node_that_makes_it()
    {
        var graph = new Sketch().Node("a", new Relu(), "x").Node("b", new Tanh(), "a").Node("logits", new Identity(), "a").Node("sum", new Add(), "a", "b").Output("logits").Output("sum").Build();

        var result = Apply(new RemoveIdentity(), graph, "removed", 1);

        Assert.Equal(["logits"], result.Nodes[0].Outputs);
        Assert.Equal(["logits", "b"], result.Nodes[2].Inputs);
        Assert.Equal(OnnxRuntime.Run(graph, Image)["sum"].Values<float>().ToArray(), OnnxRuntime.Run(result, Image)["sum"].Values<float>().ToArray());
    }

    [Fact]
    public void An_identity_that_gives_an_input_its_output_name_stays()
    {
        var graph = new Sketch().Node("y", new Identity(), "x").Output("y").Build();
        Assert.Equal(graph.Nodes, Apply(new RemoveIdentity(), graph, "kept", 1).Nodes);
    }

    [Fact]
    public void Of_two_names_for_one_output_the_second_keeps_its_identity()
    {
        var graph = new Sketch().Node("a", new Relu(), "x").Node("first", new Identity(), "a").Node("second", new Identity(), "a").Output("first").Output("second").Build();

        var result = Apply(new RemoveIdentity(), graph, "kept", 1);

        Assert.Equal(["Relu", "Identity"], result.Nodes.Select(static n => n.Op.Type));
        Assert.Equal(OnnxRuntime.Run(graph, Image)["second"].Values<float>().ToArray(), OnnxRuntime.Run(result, Image)["second"].Values<float>().ToArray());
    }

    [Fact]
    public void Nodes_and_weights_that_no_output_needs_go()
    {
        var graph = new Sketch().Weight("used", 3, 3, 1, 1).Weight("dead.weight", 3, 3, 1, 1).Weight("unread", 4)
            .Node("a", new Conv(), "x", "used").Node("dead", new Conv(), "x", "dead.weight").Node("deader", new Relu(), "dead").Output("a").Build();

        var (result, report) = new RemoveDeadNodes().Apply(graph);

        Assert.Equal("2 nodes removed, 2 initializers removed", report.ToString());
        Assert.Equal(["a"], result.Nodes.Select(static n => n.Name));
        Assert.Equal(["used"], result.Initializers.Keys);
        OnnxRuntime.AssertSame(graph, result, Image);
    }

    [Fact]
    public void What_a_sub_graph_may_read_is_neither_removed_nor_renamed()
    {
        var body = Encoding.UTF8.GetBytes("\n\u0005outer\n\u0006weight").ToEquatableArray();
        var graph = new Sketch().Weight("weight", 3).Weight("unread", 3).Node("a", new Relu(), "x").Node("outer", new Identity(), "a")
            .Node("y", new Foreign("If", "", [new("then_branch", new AttributeValue.Opaque(body))]), "x").Output("y", ["N"]).Build();

        var (result, _) = RewritePipeline.Inference.Apply(graph);

        Assert.Equal(["a", "outer", "y"], result.Nodes.Select(static n => n.Name));
        Assert.Equal(["weight"], result.Initializers.Keys);
    }

    [Fact]
    public void Inputs_that_nothing_reads_stay()
    {
        var graph = new Sketch().Node("c", new Constant(TensorData.Scalar(1f))).Output("c").Build();
        Assert.Equal(graph.Inputs, Apply(new RemoveDeadNodes(), graph, "nodes removed", 0).Inputs);
    }

    private static Graph Apply(Rewrite rewrite, Graph graph, string what, int count)
    {
        var (result, report) = rewrite.Apply(graph);
        Assert.Equal(count, report.Count(what));
        GraphTypes.Infer(result);
        return result;
    }
}
