using Toolchain.Graphs;
using static Toolchain.Serve.Tests.Support.ProtoBytes;

namespace Toolchain.Serve.Tests.HardCases;

/// <summary>Models that do what their input says, and so can be made to hang or to ask for more memory than there is.</summary>
internal static class HardModels
{
    private const byte FloatType = 1;
    private const byte Int64Type = 7;
    private const byte BoolType = 9;
    private const byte GraphAttribute = 5;

    private static readonly Foreign Most = new("ReduceMax", "", [new("keepdims", new AttributeValue.Int(0))]);

    /// <summary>Gives back what it gets, as float32, after as many rounds of a loop as the largest number says: <c>int64 [N, 1]</c>.</summary>
    public static Graph Endless() => Of("endless", [
        new("start", new Cast(ElementType.Float32), ["input"], ["started"]),
        new("most", Most, ["input"], ["rounds"]),
        new("loop", new Foreign("Loop", "", [new("body", new AttributeValue.Opaque(Body().ToEquatableArray()))]), ["rounds", "", "started"], ["logits"]),
    ]);

    /// <summary>Gives back what it gets, as float32, after making as many numbers as the largest says: <c>int64 [N, 1]</c>.</summary>
    public static Graph Hungry() => Of("hungry", [
        new("start", new Cast(ElementType.Float32), ["input"], ["started"]),
        new("most", Most, ["input"], ["numbers"]),
        new("shape", new Foreign("Reshape", "", []), ["numbers", "one"], ["size"]),
        new("make", new Foreign("ConstantOfShape", "", []), ["size"], ["zeros"]),
        new("sum", new Foreign("ReduceSum", "", [new("keepdims", new AttributeValue.Int(0))]), ["zeros"], ["nothing"]),
        new("end", new Foreign("Add", "", []), ["started", "nothing"], ["logits"]),
    ]);

    private static Graph Of(string name, EquatableArray<Node> nodes) => new()
    {
        Name = name,
        Inputs = [new("input", new(ElementType.Int64, ["N", 1]))],
        Outputs = [new("logits", new(ElementType.Float32, ["N", 1]))],
        Nodes = nodes,
        Initializers = new(new OrderedDictionary<string, TensorData> { ["one"] = TensorData.Of<long>([1], 1) }),
    };

    // The attribute «body» as AttributeProto: a graph that passes on what it gets. Field numbers are those of onnx.proto.
    private static byte[] Body()
    {
        byte[] graph =
        [
            .. Field(1, Identity("more", "more_still")), .. Field(1, Identity("x", "x_still")), .. Field(2, "body"),
            .. Field(11, Tensor("round", Int64Type)), .. Field(11, Tensor("more", BoolType)), .. Field(11, Tensor("x", FloatType, rank: 2)),
            .. Field(12, Tensor("more_still", BoolType)), .. Field(12, Tensor("x_still", FloatType, rank: 2)),
        ];
        return [.. Field(1, "body"), .. Field(6, graph), .. Number(20, GraphAttribute)];
    }

    private static byte[] Identity(string from, string to) => [.. Field(1, from), .. Field(2, to), .. Field(4, "Identity")];

    private static byte[] Tensor(string name, byte type, int rank = 0) =>
        [.. Field(1, name), .. Field(2, Field(1, [.. Number(1, type), .. Field(2, [.. Enumerable.Repeat(Field(1, ""), rank).SelectMany(static d => d)])]))];
}
