using System.Text.RegularExpressions;
using Google.Protobuf;
using Toolchain.Graphs.Onnx;
using Toolchain.Graphs.Onnx.Schema;
using AttributeType = Toolchain.Graphs.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Toolchain.Graphs.Tests;

public sealed class OnnxErrorTests
{
    private static readonly Dictionary<string, (Action<ModelProto> Damage, string Message)> Cases = new(StringComparer.Ordinal)
    {
        // The model
        ["no ir_version"] = (m => m.ClearIrVersion(), "Cannot read 'm.onnx': ir_version is missing; this is not an ONNX model."),
        ["a future ir_version"] = (m => m.IrVersion = 14, "Cannot read 'm.onnx': ir_version is 14; versions 3 to 13 can be read."),
        ["no opset"] = (m => m.OpsetImport.Clear(), "Cannot read 'm.onnx': opset_import of the default domain is missing."),
        ["an old opset"] = (m => m.OpsetImport[0].Version = 6, "Cannot read 'm.onnx': the model is of opset 6; opsets 7 to 26 can be read. Convert it with onnx.version_converter, or export it again with opset 17."),
        ["an opset of the future"] = (m => m.OpsetImport[0].Version = 27, "Cannot read 'm.onnx': the model is of opset 27; opsets 7 to 26 can be read. Export it again with opset 17."),
        ["a domain twice"] = (m => m.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 17 }), "opset_import[1] at byte #: the domain 'ai.onnx' stands twice"),
        ["no graph"] = (m => m.Graph = null, "Cannot read 'm.onnx': the graph is missing."),
        ["a metadata key twice"] = (m => m.MetadataProps.AddRange([new() { Key = "k", Value = "1" }, new() { Key = "k", Value = "2" }]), "metadata_props[1] at byte #: the key 'k' stands twice."),

        // The graph
        ["a graph without a name"] = (m => m.Graph.ClearName(), "graph at byte #: the graph has no name."),
        ["two inputs of one name"] = (m => m.Graph.Input.Add(OnnxProto.Value("x", 1)), "graph.input[1] 'x': two inputs have this name."),
        ["an input without a name"] = (m => m.Graph.Input[0].ClearName(), "graph.input[0] at byte #: the value has no name."),
        ["an input that is a sequence"] = (m => m.Graph.Input[0].Type = new() { SequenceType = new() }, "graph.input[0] 'x' at byte #: the value has no tensor type;"),
        ["an input without an element type"] = (m => m.Graph.Input[0].Type.TensorType.ClearElemType(), "graph.input[0] 'x'.type.tensor_type at byte #: elem_type is missing."),
        ["an input of an odd element type"] = (m => m.Graph.Input[0].Type.TensorType.ElemType = 14, "graph.input[0] 'x'.type.tensor_type.elem_type at byte #: element type 14 is not supported."),
        ["a negative input dimension"] = (m => m.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimValue = -1, "graph.input[0] 'x'.type.tensor_type.shape.dim[1].dim_value at byte #: the dimension is negative."),
        ["input dimensions whose product overflows"] = (m => m.Graph.Input[0].Type.TensorType.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = long.MaxValue }), "shape.dim[2] at byte #: the dimensions [5, 10, 9223372036854775807] are too large."),
        ["an output that nobody makes"] = (m => m.Graph.Output[0].Name = "z", "graph.output[0] 'z': no node makes this value."),
        ["an output twice"] = (m => m.Graph.Output.Add(OnnxProto.Value("y", 5, 10)), "graph.output[1] 'y': two outputs have this name."),
        ["a value stated twice"] = (m => m.Graph.ValueInfo.AddRange([OnnxProto.Value("t", 5, 10), OnnxProto.Value("t", 5, 10)]), "graph.value_info[1] at byte #: the type of value 't' is stated twice."),
        ["a sparse initializer"] = (m => m.Graph.SparseInitializer.Add(new SparseTensorProto { Values = new() { Name = "thin" } }), "graph.sparse_initializer[0] at byte #: the initializer 'thin' is sparse, which is not supported."),

        // Nodes
        ["a node without a type"] = (m => m.Graph.Node[1].ClearOpType(), "graph.node[1] 'act' at byte #: op_type is missing."),
        ["a node without outputs"] = (m => m.Graph.Node[1].Output.Clear(), "graph.node[1] 'act' at byte #: the Relu node has no output."),
        ["a known node whose output has no name"] = (m => m.Graph.Node[1].Output.Insert(0, ""), "graph.node[1] Relu 'act': its first output has no name."),
        ["nodes in the wrong order"] = (m => (m.Graph.Node[0], m.Graph.Node[1]) = (m.Graph.Node[1], m.Graph.Node[0]), "graph.node[0] Relu 'act': it reads 't', which only graph.node[1] makes. Nodes must be in topological order."),
        ["a node that reads its own output"] = (m => m.Graph.Node[1].Input[0] = "y", "graph.node[1] Relu 'act': it reads 'y', which only graph.node[1] makes."),
        ["an input that does not exist"] = (m => m.Graph.Node[1].Input[0] = "u", "graph.node[1] Relu 'act': it reads 'u', which no node before it makes and which is no input or initializer."),
        ["a value made twice"] = (m => m.Graph.Node[1].Output[0] = "t", "graph.node[1] Relu 'act': it makes 't', which exists already. Every value must have its own name."),
        ["a value that hides an initializer"] = (m => m.Graph.Node[1].Output[0] = "w", "it makes 'w', which exists already."),
        ["a domain without a version"] = (m => m.Graph.Node[1].Domain = "com.example", "graph.node[1] Relu 'act': its domain 'com.example' is missing in opset_import."),
        ["an attribute that the operator lacks"] = (m => m.Graph.Node[1].Attribute.Add(OnnxProto.Int("alpha", 1)), "Cannot read 'm.onnx': graph.node[1] Relu 'act': attribute 'alpha' is not one that Relu has."),

        ["a node with too many inputs"] = (m => m.Graph.Node[1].Input.Add("x"), "Cannot read 'm.onnx': graph.node[1] Relu 'act': it has 2 inputs, and Relu has at most 1."),
        ["a node with too few inputs"] = (m => m.Graph.Node[0].Input.RemoveAt(1), "graph.node[0] MatMul 'dot': it has 1 inputs, and MatMul has at least 2."),
        ["a node without an input that it needs"] = (m => m.Graph.Node[0].Input[1] = "", "graph.node[0] MatMul 'dot': input 1 is left out."),
        ["a node with too many outputs"] = (m => m.Graph.Node[1].Output.Add("more"), "graph.node[1] Relu 'act': it has 2 outputs, and Relu has at most 1."),
        ["an unknown node with an attribute that its operator lacks"] = (m => Unknown(m, OnnxProto.Int("beta", 1)), "graph.node[2] Celu 'odd': attribute 'beta' is not one that Celu has."),
        ["an unknown node with an attribute of another type"] = (m => Unknown(m, OnnxProto.Int("alpha", 1)), "graph.node[2] Celu 'odd': attribute 'alpha' must be a float, found int."),
        ["an attribute of a later opset"] = (m => { m.OpsetImport[0].Version = 13; m.Graph.Node[1].OpType = "Shape"; m.Graph.Node[1].Attribute.Add(OnnxProto.Int("start", 1)); }, "graph.node[1] Shape 'act': attribute 'start' is not one that Shape has."),
        ["a node without an attribute that it needs"] = (m => m.Graph.Node[1].OpType = "Cast", "graph.node[1] Cast 'act': attribute 'to' is missing."),
        ["an initializer of another shape than its input"] = (m => m.Graph.Input.Add(OnnxProto.Value("w", 10, 9)), "graph.input 'w' is float32 [10, 9], and the initializer of that name is float32 [10, 10]."),
        ["an initializer that is no input in an old file"] = (m => m.IrVersion = 3, "Cannot read 'm.onnx': initializer 'w' is no input of the graph, which ir_version 3 asks for; from 4 on it need not be one."),

        // Graphs inside nodes
        ["a sub-graph that reads what nobody makes"] = (m => Inside(m, new NodeProto { Name = "n", OpType = "Relu", Input = { "nowhere" }, Output = { "out" } }), "Cannot read 'm.onnx': node[0] Relu 'n' in the then_branch of graph.node[2] If 'odd': it reads 'nowhere', which no node before it makes and which is no input or initializer."),
        ["a sub-graph that makes a value of the graph around it"] = (m => Inside(m, new NodeProto { Name = "n", OpType = "Relu", Input = { "x" }, Output = { "t" } }), "node[0] Relu 'n' in the then_branch of graph.node[2] If 'odd': it makes 't', which exists already."),
        ["a sub-graph that makes a value twice"] = (m => Inside(m, Inner(), Inner()), "node[1] Relu 'n' in the then_branch of graph.node[2] If 'odd': it makes 'out', which exists already."),
        ["a sub-graph without its output"] = (m => Inside(m, new NodeProto { Name = "n", OpType = "Relu", Input = { "x" }, Output = { "other" } }), "output[0] 'out' in the then_branch of graph.node[2] If 'odd': no node makes this value."),
        ["a sub-graph with a domain without a version"] = (m => Inside(m, new NodeProto { Name = "n", OpType = "Odd", Domain = "com.example", Output = { "out" } }), "node[0] Odd 'n' in the then_branch of graph.node[2] If 'odd': its domain 'com.example' is missing in opset_import."),
        ["a sub-graph with an initializer twice"] = (m => Inside(m, Inner()).Initializer.AddRange([new TensorProto { Name = "c", DataType = 1, FloatData = { 1 } }, new TensorProto { Name = "c", DataType = 1, FloatData = { 1 } }]), "graph.node[2] 'odd'.attribute[0] 'then_branch'.g.initializer[1] at byte #: two initializers are named 'c'."),
        ["a sub-graph in a sub-graph that reads what nobody makes"] = (m => Inside(m, new NodeProto { OpType = "If", Input = { "x" }, Output = { "out" }, Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, G = new() { Name = "inner", Output = { OnnxProto.Value("t2", 1) } } } } }), "output[0] 't2' in the then_branch of node[0] If in the then_branch of graph.node[2] If 'odd': no node makes this value."),

        ["a sub-graph whose node has too many inputs"] = (m => Inside(m, new NodeProto { Name = "n", OpType = "Relu", Input = { "x", "x" }, Output = { "out" } }), "node[0] Relu 'n' in the then_branch of graph.node[2] If 'odd': it has 2 inputs, and Relu has at most 1."),
        ["a sub-graph whose node has an attribute that the operator lacks"] = (m => Inside(m, new NodeProto { OpType = "Relu", Input = { "x" }, Output = { "out" }, Attribute = { OnnxProto.Int("alpha", 1) } }), "node[0] Relu in the then_branch of graph.node[2] If 'odd': attribute 'alpha' is not one that Relu has."),
        ["a sub-graph whose node lacks an attribute that it needs"] = (m => Inside(m, new NodeProto { OpType = "Cast", Input = { "x" }, Output = { "out" } }), "node[0] Cast in the then_branch of graph.node[2] If 'odd': attribute 'to' is missing."),
        ["a sub-graph whose node has an attribute of another type"] = (m => Inside(m, new NodeProto { OpType = "Celu", Input = { "x" }, Output = { "out" }, Attribute = { OnnxProto.Int("alpha", 1) } }), "node[0] Celu in the then_branch of graph.node[2] If 'odd': attribute 'alpha' must be a float, found int."),
        ["a sub-graph whose node has no type"] = (m => Inside(m, new NodeProto { Name = "n", Output = { "out" } }), "graph.node[2] 'odd'.attribute[0] 'then_branch'.g.node[0] 'n' at byte #: op_type is missing."),
        ["a sub-graph whose nodes are in the wrong order"] = (m => Inside(m, new NodeProto { OpType = "Relu", Input = { "late" }, Output = { "out" } }, new NodeProto { OpType = "Relu", Input = { "x" }, Output = { "late" } }), "node[0] Relu in the then_branch of graph.node[2] If 'odd': it reads 'late', which only node[1] makes. Nodes must be in topological order."),
        ["a sub-graph whose weight has too few bytes"] = (m => Inside(m, Inner()).Initializer.Add(new TensorProto { Name = "c", DataType = 1, Dims = { 2 }, RawData = ByteString.CopyFrom(new byte[4]) }), "graph.node[2] 'odd'.attribute[0] 'then_branch'.g.initializer[0] 'c' at byte #: expected 8 bytes for float32 [2], found 4."),
        ["a sub-graph with two inputs of one name"] = (m => Inside(m, Inner()).Input.AddRange([OnnxProto.Value("c", 1), OnnxProto.Value("c", 1)]), "input[1] 'c' in the then_branch of graph.node[2] If 'odd': two inputs have this name."),
        ["a branch that takes inputs"] = (m => Inside(m, Inner()).Input.Add(OnnxProto.Value("c", 1)), "graph.node[2] If 'odd': with 1 inputs and 1 outputs its then_branch must have 0 and 1, found 1 and 1."),
        ["a branch without an output of its node"] = (m => { Inside(m, Inner()); m.Graph.Node[2].Output.Add("more"); }, "graph.node[2] If 'odd': with 1 inputs and 2 outputs its then_branch must have 0 and 2, found 0 and 1."),
        ["a sub-graph that calls a function"] = (m => { Call(m, "Relu"); Inside(m, new NodeProto { OpType = "Swish", Domain = "own", Input = { "x" }, Output = { "out" } }); }, "node[0] Swish in the then_branch of graph.node[3] If 'odd': it calls a function of the model from a graph inside a node, which is not supported. Inline it first, for example with onnx.inliner."),

        // Attributes
        ["an attribute without a name"] = (m => m.AddAttribute(new() { I = 1, Type = AttributeType.Int }), "graph.node[2] 'odd'.attribute[0] at byte #: the attribute has no name."),
        ["an attribute without a type"] = (m => m.AddAttribute(new() { Name = "a", I = 1 }), "graph.node[2] 'odd'.attribute[0] 'a' at byte #: the attribute's type is missing."),
        ["an attribute of an unheard-of type"] = (m => m.AddAttribute(new() { Name = "a", I = 1, Type = (AttributeType)99 }), "the attribute's type 99 is not one that ONNX defines."),
        ["an attribute of another type"] = (m => m.AddAttribute(new() { Name = "a", F = 1, Type = AttributeType.Ints }), "graph.node[2] 'odd'.attribute[0] 'a' at byte #: the attribute's type says a value in field 'ints', found 'f'."),
        ["an attribute with two values"] = (m => m.AddAttribute(new() { Name = "a", I = 1, F = 1, Type = AttributeType.Int }), "says a value in field 'i', found 'f' and 'i'."),
        ["an attribute without a value"] = (m => m.AddAttribute(new() { Name = "a", Type = AttributeType.Tensor }), "says a value in field 't', found none."),
        ["an attribute twice"] = (m => m.Graph.Node[1].Attribute.AddRange([OnnxProto.Int("a", 1), OnnxProto.Int("a", 2)]), "graph.node[1] 'act' at byte #: attribute 'a' stands twice."),
        ["an attribute of a function"] = (m => m.AddAttribute(new() { Name = "a", RefAttrName = "b", Type = AttributeType.Int }), "the attribute refers to 'b' of a function, and the node is in none."),
        ["external data in a sub-graph"] = (m => m.AddAttribute(new() { Name = "a", Type = AttributeType.Graph, G = new() { Initializer = { new TensorProto { DataLocation = TensorProto.Types.DataLocation.External } } } }), "attribute[0] 'a'.g.initializer[0].data_location at byte #: a tensor inside a sub-graph has external data, which is not supported."),

        // Functions
        ["a function without a name"] = (m => m.Functions.Add(new FunctionProto { Domain = "own" }), "functions[0] at byte #: the function has no name."),
        ["a function without a domain"] = (m => m.Functions.Add(new FunctionProto { Name = "Swish" }), "functions[0] 'Swish' at byte #: the function has no domain."),
        ["a function without the opset of its operators"] = (m => { Call(m, "Relu"); m.Functions[0].OpsetImport.RemoveAt(0); }, "node[0] Relu in function 'Swish' of domain 'own': its domain 'ai.onnx' is missing in the function's opset_import."),
        ["a function with an attribute twice"] = (m => { Call(m, "Relu"); m.Functions[0].Attribute.AddRange(["slope", "slope"]); }, "function 'Swish' of domain 'own': two attributes are named 'slope'."),
        ["a function twice"] = (m => m.Functions.AddRange([Swish(), Swish()]), "function 'Swish' of domain 'own': two functions have this name."),
        ["a function that calls itself"] = (m => Call(m, "Swish"), "function 'Swish' of domain 'own': it calls itself."),
        ["a call with too many inputs"] = (m => Call(m, "Relu").Input.Add("w"), "function 'Swish' of domain 'own': it has 1 inputs and 1 outputs, and 'swish' calls it with 2 and 1."),
        ["a function that reads what nobody makes"] = (m => Call(m, "Mul", "z"), "node[0] Mul in function 'Swish' of domain 'own': it reads 'z', which no node before it makes and which is no input or initializer."),
        ["a function without its output"] = (m => Call(m, "Relu", "a", "other"), "output[0] 'b' in function 'Swish' of domain 'own': no node makes this value."),
        ["a function of the future"] = (m => { Call(m, "Relu"); m.Functions[0].OpsetImport[0].Version = 27; }, "function 'Swish' of domain 'own': it is of opset 27; opsets 7 to 26 can be read."),
        ["a function's domain without a version"] = (m => { Call(m, "Mul"); m.Functions[0].Node[0].Domain = "com.example"; m.Functions[0].OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 1 }); }, "node[0] Mul in function 'Swish' of domain 'own': its domain 'com.example' is missing in opset_import."),
        ["a sub-graph in a function"] = (m => { Call(m, "Odd"); m.Functions[0].Node[0].Attribute.Add(new AttributeProto { Name = "g", Type = AttributeType.Graph, G = new() { Name = "inner" } }); }, "its node 0 (Odd) has a sub-graph or the like, which is not supported in functions."),
        ["a reference to nothing"] = (m => m.AddAttribute(new() { Name = "a", I = 1, RefAttrName = "", Type = AttributeType.Int }), "attribute[0] 'a'.ref_attr_name at byte #: the attribute refers to one without a name."),
        ["a reference with a value"] = (m => { Call(m, "Mul"); m.Functions[0].Node[0].Attribute.Add(new AttributeProto { Name = "g", Type = AttributeType.Int, I = 1, RefAttrName = "h" }); }, "functions[0] 'Swish'.node[0].attribute[0] 'g' at byte #: the attribute refers to 'h' of a function and has a value of its own too."),

        ["a function that makes a value twice"] = (m => { Call(m, "Relu"); m.Functions[0].Node.Add(new NodeProto { OpType = "Relu", Input = { "a" }, Output = { "b" } }); }, "node[1] Relu in function 'Swish' of domain 'own': it makes 'b', which exists already."),
        ["a function that makes its input"] = (m => { Call(m, "Relu", "a", "a"); m.Functions[0].Output[0] = "a"; }, "node[0] Relu in function 'Swish' of domain 'own': it makes 'a', which exists already."),
        ["a function with an input twice"] = (m => { Call(m, "Relu"); m.Functions[0].Input.Add("a"); }, "input[1] 'a' in function 'Swish' of domain 'own': two inputs have this name."),
        ["a function with an output twice"] = (m => { Call(m, "Relu"); m.Functions[0].Output.Add("b"); }, "output[1] 'b' in function 'Swish' of domain 'own': two outputs have this name."),
        ["a function whose node has an attribute that the operator lacks"] = (m => { Call(m, "Relu"); m.Functions[0].Node[0].Attribute.Add(OnnxProto.Int("alpha", 1)); }, "node[0] Relu in function 'Swish' of domain 'own': attribute 'alpha' is not one that Relu has."),
        ["a function whose node refers to an attribute that the operator lacks"] = (m => { Call(m, "Relu"); m.Functions[0].Node[0].Attribute.Add(new AttributeProto { Name = "alpha", RefAttrName = "slope", Type = AttributeType.Float }); }, "node[0] Relu in function 'Swish' of domain 'own': attribute 'alpha' is not one that Relu has."),
        ["a function that nobody calls and whose node lacks an attribute"] = (m => { Call(m, "Cast"); m.Graph.Node.RemoveAt(2); }, "node[0] Cast in function 'Swish' of domain 'own': attribute 'to' is missing."),
        ["a call that leaves out an attribute that a node needs"] = (m => { Call(m, "Cast"); m.Functions[0].Node[0].Attribute.Add(new AttributeProto { Name = "to", RefAttrName = "kind", Type = AttributeType.Int }); }, "Cast node 'swish/Cast_0': attribute 'to' is missing."),

        // Tensors
        ["an initializer without a name"] = (m => m.Graph.Initializer[0].ClearName(), "graph.initializer[0] at byte #: the initializer has no name."),
        ["an initializer twice"] = (m => m.Graph.Initializer.Add(m.Graph.Initializer[0]), "graph.initializer[1] at byte #: two initializers are named 'w'."),
        ["no data type"] = (m => m.Graph.Initializer[0].ClearDataType(), "graph.initializer[0] 'w' at byte #: data_type is missing."),
        ["an undefined data type"] = (m => m.Graph.Initializer[0].DataType = 77, "graph.initializer[0] 'w' at byte #: data_type 77 is not one that ONNX defines."),
        ["complex weights"] = (m => m.Graph.Initializer[0].DataType = 14, "graph.initializer[0] 'w' at byte #: initializers of strings, complex numbers and types below 8 bits are not supported."),
        ["strings in raw data"] = (m => m.Graph.Initializer[0].DataType = 8, "graph.initializer[0] 'w' at byte #: strings stand in raw_data, where ONNX does not allow them."),
        ["strings without data"] = (m => m.AddAttribute(new() { Name = "a", T = new() { DataType = 8, Dims = { 2 } }, Type = AttributeType.Tensor }), "attribute[0] 'a'.t at byte #: expected data in 1 places, found it in 0."),
        ["too few bytes"] = (m => m.Graph.Initializer[0].RawData = ByteString.CopyFrom(new byte[396]), "graph.initializer[0] 'w' at byte #: expected 400 bytes for float32 [10, 10], found 396."),
        ["no bytes"] = (m => m.Graph.Initializer[0].ClearRawData(), "expected 400 bytes for float32 [10, 10], found 0."),
        ["bytes of an empty tensor"] = (m => m.Graph.Initializer[0].Dims[0] = 0, "expected 0 bytes for float32 [0, 10], found 400."),
        ["a negative dimension"] = (m => m.Graph.Initializer[0].Dims[0] = -10, "graph.initializer[0] 'w' at byte #: dims [-10, 10] are negative."),
        ["dimensions that overflow"] = (m => m.Graph.Initializer[0].Dims[0] = long.MaxValue / 2, "dims [4611686018427387903, 10] are too large."),
        ["more than 2 GiB"] = (m => m.Graph.Initializer[0].Dims[0] = 1L << 30, "the tensor has 42949672960 bytes; one tensor may have at most 2147483647."),
        ["raw and typed data"] = (m => m.Graph.Initializer[0].FloatData.Add(1), "graph.initializer[0] 'w' at byte #: data stands in more than one place; expected one of raw_data, a typed field or an external file."),
        ["two kinds of typed data"] = (m => Typed(m, t => { t.FloatData.Add(1); t.Int32Data.Add(1); }), "data stands in more than one place;"),
        ["too few typed values"] = (m => Typed(m, static t => t.FloatData.Add(new float[99])), "expected 100 values for float32 [10, 10], found 99 in float_data."),
        ["typed data in the wrong field"] = (m => Typed(m, static t => t.Int64Data.Add(new long[100])), "float32 data belongs into raw_data or float_data, found int64_data."),
        ["a value that does not fit its type"] = (m => Typed(m, static t => { t.DataType = 3; t.Int32Data.Add(new int[99]); t.Int32Data.Add(128); }), "graph.initializer[0] 'w'.int32_data[0] at byte #: the value 128 does not fit int8."),
        ["a data location that is none"] = (m => m.Graph.Initializer[0].DataLocation = (TensorProto.Types.DataLocation)2, "data_location at byte #: expected 0 (in the file) or 1 (external), found 2."),
        ["external data of a model in memory"] = (m => Typed(m, static t => { t.DataLocation = TensorProto.Types.DataLocation.External; t.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" }); }), "the data is in the external file 'w.bin', and a model in memory has no folder. Read the model by its path."),
    };

    private static readonly Dictionary<string, (OnnxReadLimits Limits, string Message)> Limits = new(StringComparer.Ordinal)
    {
        ["bytes"] = (new() { MaxFileBytes = 100 }, "Cannot read 'm.onnx': the file has 514 bytes; the limit is 100."),
        ["nodes"] = (new() { MaxNodes = 1 }, "graph.node[1] at byte #: there are more than 1 nodes."),
        ["initializers"] = (new() { MaxInitializers = 0 }, "graph.initializer[0] at byte #: there are more than 0 initializers."),
        ["rank"] = (new() { MaxRank = 1 }, "graph.initializer[0].dims[1] at byte #: there are more than 1 dimensions."),
        ["entries"] = (new() { MaxEntries = 0 }, "there are more than 0 inputs."),
        ["node inputs"] = (new() { MaxNodeValues = 1 }, "graph.node[0].input[1] at byte #: there are more than 1 inputs."),
        ["text"] = (new() { MaxTextBytes = 2 }, "graph.node[0].name at byte #: the text has 3 bytes; the limit is 2."),
        ["depth"] = (new() { MaxDepth = 2 }, "messages are nested more than 2 deep."),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    public static TheoryData<string> LimitNames => [.. Limits.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void A_damaged_model_is_refused_with_the_place_and_the_reason(string name)
    {
        var model = OnnxProto.Model();
        Cases[name].Damage(model);

        Assert.Contains(Cases[name].Message, Error(() => model.Read()), StringComparison.Ordinal);
    }

    /// <summary>Adds a node of an operator that ONNX has and the toolchain does not know.</summary>
    private static void Unknown(ModelProto model, AttributeProto attribute) => model.Graph.Node.Add(new NodeProto { Name = "odd", OpType = "Celu", Input = { "x" }, Output = { "odd" }, Attribute = { attribute } });

    private static NodeProto Inner() => new() { Name = "n", OpType = "Relu", Input = { "x" }, Output = { "out" } };

    /// <summary>Adds an If whose first branch has these nodes.</summary>
    private static GraphProto Inside(ModelProto model, params NodeProto[] nodes)
    {
        var (then, other) = (new GraphProto { Name = "then", Node = { nodes }, Output = { OnnxProto.Value("out", 5, 10) } }, new GraphProto { Name = "else", Node = { Inner() }, Output = { OnnxProto.Value("out", 5, 10) } });
        model.Graph.Node.Add(new NodeProto
        {
            Name = "odd",
            OpType = "If",
            Input = { "x" },
            Output = { "odd" },
            Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, G = then }, new AttributeProto { Name = "else_branch", Type = AttributeType.Graph, G = other } },
        });
        return then;
    }

    [Fact]
    public void A_sub_graph_may_read_the_graph_around_it_and_share_names_with_another_one()
    {
        var model = OnnxProto.Model();
        Inside(model, new NodeProto { Name = "n", OpType = "Add", Input = { "t", "w" }, Output = { "out" } });
        Assert.Equal(3, model.Read().Graph.Nodes.Count);
    }

    [Theory]
    [MemberData(nameof(LimitNames))]
    public void A_model_beyond_a_limit_is_refused(string name) =>
        Assert.Contains(Limits[name].Message, Error(() => OnnxProto.Model().Read(Limits[name].Limits)), StringComparison.Ordinal);

    [Fact]
    public void Attributes_and_kept_messages_are_limited()
    {
        var model = OnnxProto.Model();
        model.AddAttribute(new() { Name = "a", Type = AttributeType.Graph, G = new() { Name = "inner", Node = { new NodeProto { OpType = "Odd", Output = { "p" } }, new NodeProto { OpType = "Odd", Output = { "q" } } } } });

        Assert.Contains("there are more than 0 attributes.", Error(() => model.Read(new() { MaxAttributes = 0 })), StringComparison.Ordinal);
        Assert.Contains("g.node[1] at byte #: sub-graphs and other attributes that are kept as they are hold more than 2 messages.", Error(() => model.Read(new() { MaxKeptMessages = 2 })), StringComparison.Ordinal);
        Assert.Equal(3, model.Read(new() { MaxKeptMessages = 3 }).Graph.Nodes.Count);
    }

    [Fact]
    public void Functions_that_double_again_and_again_are_stopped()
    {
        var model = OnnxProto.Model();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        for (var level = 0; level < 40; level++)
        {
            var next = level == 0 ? ("Relu", "") : ($"F{level - 1}", "own");
            model.Functions.Add(new FunctionProto
            {
                Name = $"F{level}", Domain = "own", Input = { "a" }, Output = { "c" }, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = "own", Version = 1 } },
                Node = { new NodeProto { OpType = next.Item1, Domain = next.Item2, Input = { "a" }, Output = { "b" } }, new NodeProto { OpType = next.Item1, Domain = next.Item2, Input = { "b" }, Output = { "c" } } },
            });
        }

        model.Graph.Node.Add(new NodeProto { Name = "call", OpType = "F39", Domain = "own", Input = { "x" }, Output = { "f" } });

        Assert.Contains("the calls of functions become more than 1000 nodes", Error(() => model.Read(new() { MaxInlinedNodes = 1000 })), StringComparison.Ordinal);
        Assert.Contains("the calls of functions become more than", Error(() => model.Read()), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_inside_a_sub_graph_are_looked_at()
    {
        // Three dimensions packed together, the last of which is cut off.
        byte[] graph = [0x2A, 0x07, 0x0A, 0x03, 0x01, 0x01, 0x80, 0x10, 0x01];
        var model = OnnxProto.Model();
        model.AddAttribute(new() { Name = "a", Type = AttributeType.Graph, G = new() { Name = "0123456" } });
        var bytes = model.ToByteArray();
        graph.CopyTo(bytes, bytes.AsSpan().IndexOf<byte>([0x12, 7, .. "0123456"u8]));

        Assert.Contains("g.initializer[0].dims", Error(() => OnnxFile.Read(bytes, "m.onnx")), StringComparison.Ordinal);
    }

    // Readers of protobuf join the parts, and two programs that read one file in two ways are not the same program.
    [Fact]
    public void A_message_in_two_parts_is_refused()
    {
        var fields = WireField.Parse(OnnxProto.Model().ToByteArray(), ModelProto.Descriptor);
        var input = fields.Single(static f => f.Number == ModelProto.GraphFieldNumber).Parts!.Single(static f => f.Number == GraphProto.InputFieldNumber).Parts!;
        input.Add(input.Single(static f => f.Number == ValueInfoProto.TypeFieldNumber).Clone());

        Assert.Contains("graph.input[0] 'x'.type at byte #: the field stands twice.", Error(() => OnnxFile.Read(WireField.Bytes(fields), "m.onnx")), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_kinds_of_type_the_last_holds()
    {
        var fields = WireField.Parse(OnnxProto.Model().ToByteArray(), ModelProto.Descriptor);
        var input = fields.Single(static f => f.Number == ModelProto.GraphFieldNumber).Parts!.Single(static f => f.Number == GraphProto.InputFieldNumber).Parts!;
        input.Single(static f => f.Number == ValueInfoProto.TypeFieldNumber).Parts!.Add(WireField.OfMessage(TypeProto.SequenceTypeFieldNumber));

        Assert.Contains("graph.input[0] 'x' at byte #: the value has no tensor type;", Error(() => OnnxFile.Read(WireField.Bytes(fields), "m.onnx")), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_are_zero_or_empty_may_be_left_out()
    {
        // As programs write it that use version 3 of protobuf.
        var model = OnnxProto.Model();
        model.AddAttribute(new() { Name = "i", Type = AttributeType.Int });
        model.Graph.Node[2].Attribute.AddRange([new() { Name = "f", Type = AttributeType.Float }, new() { Name = "s", Type = AttributeType.String }]);

        Assert.Equal([new AttributeValue.Int(0), new AttributeValue.Float(0), new AttributeValue.Text("")], Assert.IsType<Foreign>(model.Read().Graph.Nodes[2].Op).Kept.Select(static a => a.Value));
    }

    [Fact]
    public void Endless_nesting_ends_at_the_limit()
    {
        var inner = new AttributeProto { Name = "a", Type = AttributeType.Int, I = 1 };
        for (var i = 0; i < 40; i++)
        {
            inner = new() { Name = "a", Type = AttributeType.Graph, G = new() { Node = { new NodeProto { Attribute = { inner } } } } };
        }

        var model = OnnxProto.Model();
        model.AddAttribute(inner);

        Assert.Contains("messages are nested more than 100 deep.", Error(() => model.Read()), StringComparison.Ordinal);
    }

    // Where things are is asserted on bytes written by hand, in OnnxWireTests.
    private static string Error(Action read) => Regex.Replace(OnnxProto.Error(read), @"at byte \d+", "at byte #");

    private static FunctionProto Swish() => new() { Name = "Swish", Domain = "own", Input = { "a" }, Output = { "b" }, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = "own", Version = 1 } } };

    /// <summary>Adds a function of one node, and a call of it.</summary>
    private static NodeProto Call(ModelProto model, string inner, string input = "a", string output = "b")
    {
        var function = Swish();
        function.Node.Add(new NodeProto { OpType = inner, Domain = inner == "Swish" ? "own" : "", Input = { input }, Output = { output } });
        model.Functions.Add(function);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        var call = new NodeProto { Name = "swish", OpType = "Swish", Domain = "own", Input = { "x" }, Output = { "s" } };
        model.Graph.Node.Add(call);
        return call;
    }

    private static void Typed(ModelProto model, Action<TensorProto> fill)
    {
        model.Graph.Initializer[0].ClearRawData();
        fill(model.Graph.Initializer[0]);
    }
}
