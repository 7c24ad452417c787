using System.Text;
using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxReferencesTests
{
    [Fact]
    public void A_model_without_references_has_none()
    {
        var references = OnnxReferences.Of(OnnxProto.Model().ToByteArray());
        Assert.Empty(references.Files);
        Assert.Equal([""], references.Domains);
    }

    [Fact]
    public void External_files_are_found_wherever_a_tensor_can_be()
    {
        var model = OnnxProto.Model();
        model.Graph.Initializer.Add(External("weights"));
        model.Graph.SparseInitializer.Add(new SparseTensorProto { Values = External("sparse values"), Indices = External("sparse indices") });
        model.AddAttribute(new() { Name = "tensor", T = External("attribute") });
        model.AddAttribute(new() { Name = "tensors", Tensors = { External("attributes") } });
        model.AddAttribute(new() { Name = "graph", G = new() { Initializer = { External("subgraph") } } });
        model.AddAttribute(new() { Name = "sparse", SparseTensor = new() { Values = External("sparse attribute") } });
        model.Functions.Add(new FunctionProto { Name = "f", Domain = "mine", Node = { new NodeProto { Attribute = { new AttributeProto { T = External("function") } } } } });

        Assert.Equal(
            ["attribute", "attributes", "function", "sparse attribute", "sparse indices", "sparse values", "subgraph", "weights"],
            OnnxReferences.Of(model.ToByteArray()).Files);
    }

    [Fact]
    public void A_tensor_that_stands_in_two_parts_is_found_too()
    {
        // Readers of protobuf join what stands twice: the first part says where, the second that it is external.
        byte[] attribute = [
            .. new AttributeProto { T = new() { ExternalData = { Location("hidden") } } }.ToByteArray(),
            .. new AttributeProto { T = new() { DataLocation = TensorProto.Types.DataLocation.External } }.ToByteArray(),
        ];

        var model = Field(ModelProto.GraphFieldNumber, Field(GraphProto.NodeFieldNumber, Field(NodeProto.AttributeFieldNumber, attribute)));

        var joined = ModelProto.Parser.ParseFrom(model).Graph.Node[0].Attribute[0].T;
        Assert.Equal(("hidden", TensorProto.Types.DataLocation.External), (joined.ExternalData[0].Value, joined.DataLocation));
        Assert.Equal(["hidden"], OnnxReferences.Of(model).Files);

        static byte[] Field(int number, byte[] content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];
    }

    [Fact]
    public void Domains_are_those_that_the_model_does_not_define_itself()
    {
        var model = OnnxProto.Model();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "mine", Version = 1 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "theirs", Version = 1 });
        model.Functions.Add(new FunctionProto { Name = "f", Domain = "mine", OpsetImport = { new OperatorSetIdProto { Domain = "inner", Version = 1 } } });

        Assert.Equal(["", "inner", "theirs"], OnnxReferences.Of(model.ToByteArray()).Domains);
    }

    [Fact]
    public void What_is_not_an_onnx_file_is_an_error() => Assert.StartsWith(
        "Cannot read 'file'", OnnxProto.Error(static () => OnnxReferences.Of(Encoding.UTF8.GetBytes("not a model"), "file")), StringComparison.Ordinal);

    private static TensorProto External(string location) => new() { DataType = 1, ExternalData = { Location(location) }, DataLocation = TensorProto.Types.DataLocation.External };

    private static StringStringEntryProto Location(string value) => new() { Key = "location", Value = value };
}
