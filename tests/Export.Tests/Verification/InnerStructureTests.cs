using Google.Protobuf;
using Toolchain.Export.Tests.Support;
using Toolchain.Export.Verification;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Export.Tests.Verification;

public sealed class InnerStructureTests
{
    private static readonly Dictionary<string, (Action<GraphProto> Damage, string Problem)> Breaks = new(StringComparer.Ordinal)
    {
        ["an operator that does not exist"] = (
            static body => body.Node[0].OpType = "Odd",
            "in the body of Loop node 'looped/Loop': Odd node 'next/Add' is of no operator that ONNX has at opset 17; an operator of one's own needs a domain of its own"),
        ["inputs of two types"] = (
            static body => body.Node[0].Input[1] = "round",
            "in the body of Loop node 'looped/Loop': Add node 'next/Add' takes inputs 0 and 1 of one type, found float32 and int64"),
        ["a type that the operator does not take"] = (
            static body => body.Node[0] = ForeignFile.NodeOf("Celu", "round", "next"),
            "in the body of Loop node 'looped/Loop': Celu node 'next/Celu' takes no int64 as input 0"),
        ["an input declared otherwise than it is given"] = (
            static body => body.Input[2].Type.TensorType.ElemType = (int)ElementType.Float64,
            "in the body of Loop node 'looped/Loop': input 'state' is declared float64, and the node gives it float32"),
        ["an output declared otherwise than it is made"] = (
            static body => body.Output[1].Type.TensorType.ElemType = (int)ElementType.Int64,
            "in the body of Loop node 'looped/Loop': output 'next' is declared int64, and the nodes make float32"),
        ["a value that changes its type"] = (
            static body => { body.Node.Add(ForeignFile.NodeOf("Cast", "next", "last", ("to", (int)ElementType.Int64))); body.Output[1] = new() { Name = "last" }; },
            "in the body of Loop node 'looped/Loop': output 'last' is int64, and the loop carries float32"),
        ["a branch in the body"] = (
            static body => body.Node.Insert(0, If("Odd")),
            "in the body of Loop node 'looped/Loop': in the then_branch of If node 'chosen/If': Odd node 'a/Odd' is of no operator that ONNX has at opset 17; an operator of one's own needs a domain of its own"),
    };

    public static TheoryData<string> BreakNames => [.. Breaks.Keys];

    [Theory]
    [InlineData(13)]
    [InlineData(17)]
    public void A_sound_body_has_no_problems(int opset)
    {
        var file = Looped(opset);
        file.Model.Graph.Node[0].Attribute[0].G.Node.Insert(0, If("Relu"));
        Assert.Empty(Problems(file));
    }

    [Theory]
    [MemberData(nameof(BreakNames))]
    public void A_rule_that_is_broken_in_a_body_is_named_with_its_place(string name)
    {
        var file = Looped(17);
        Breaks[name].Damage(file.Model.Graph.Node[0].Attribute[0].G);
        Assert.Equal([Breaks[name].Problem], Problems(file));
    }

    [Fact]
    public void What_scan_hands_to_its_body_has_its_type()
    {
        var file = Looped(17);
        var body = new GraphProto { Name = "inside" };
        body.Input.Add([ForeignFile.Value("total", ElementType.Float32, 4), ForeignFile.Value("row", ElementType.Int64, 4)]);
        body.Node.Add(ForeignFile.NodeOf("Add", "total row", "sum"));
        body.Output.Add([ForeignFile.Value("sum", ElementType.Float32, 4), ForeignFile.Value("total", ElementType.Float32, 4)]);
        file.Weight("zero", 4).Node("Scan", "zero x", "scanned rows", ("num_scan_inputs", 1));
        file.Model.Graph.Node[1].Attribute.Add(Inner("body", body));

        Assert.Equal(["in the body of Scan node 'scanned/Scan': input 'row' is declared int64, and the node gives it float32"], Problems(file));
    }

    private static IReadOnlyList<string> Problems(ForeignFile file)
    {
        var model = OnnxFile.Read(file.Model.ToByteArray());
        var problems = Structure.Problems(model.Graph, model.ValueInfo, model.Opset);
        Assert.Equal(problems, Structure.Contradictions(model.Graph, model.ValueInfo, model.Opset));
        return problems;
    }

    /// <summary>y = x added to itself some times, in a loop.</summary>
    private static ForeignFile Looped(int opset)
    {
        var file = new ForeignFile(opset).Input("x", "N", 4).Output("looped", "N", 4);
        file.Weight("rounds", TensorData.Scalar(3L)).Weight("on", new TensorData(ElementType.Bool, [], new byte[] { 1 })).Node("Loop", "rounds on x", "looped");
        var body = new GraphProto { Name = "inside" };
        body.Input.Add([new() { Name = "round" }, new() { Name = "go" }, ForeignFile.Value("state", ElementType.Float32, "N", 4)]);
        body.Node.Add(ForeignFile.NodeOf("Add", "state x", "next"));
        body.Output.Add([new() { Name = "on" }, ForeignFile.Value("next", ElementType.Float32, "N", 4)]);
        file.Model.Graph.Node[0].Attribute.Add(Inner("body", body));
        return file;
    }

    private static NodeProto If(string type)
    {
        var node = ForeignFile.NodeOf("If", "go", "chosen");
        foreach (var (branch, output) in new[] { ("then_branch", "a"), ("else_branch", "b") })
        {
            node.Attribute.Add(Inner(branch, new() { Name = branch, Node = { ForeignFile.NodeOf(branch == "then_branch" ? type : "Neg", "state", output) }, Output = { new ValueInfoProto { Name = output } } }));
        }

        return node;
    }

    private static AttributeProto Inner(string name, GraphProto graph) => new() { Name = name, G = graph, Type = AttributeType.Graph };
}
