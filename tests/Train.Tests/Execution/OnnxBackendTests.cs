using System.Text;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Execution;

/// <summary>
/// ONNX's own tests of single operators (onnx/backend/test/data/node), where Debian's package libonnx-testdata has put them. Whoever does not have it
/// misses nothing that <see cref="OperatorTests"/> does not say, too.
/// </summary>
public sealed class OnnxBackendTests
{
    private const string Folder = "/usr/share/libonnx-testdata/data/node";

    // What ONNX's own tests hold a backend to.
    private const double Relative = 1e-3;
    private const double Absolute = 1e-6;

    // Windows over volumes, second outputs and dropout's training form are refused. The reference that made the data of the last two rounds the output's size
    // down only after it has used it; ONNX Runtime and PyTorch round first.
    private static readonly string[] Refused =
    [
        "test_averagepool_3d_default", "test_convtranspose_3d", "test_maxpool_3d_default", "test_maxpool_with_argmax_2d_precomputed_pads",
        "test_dropout_default_mask", "test_dropout_default_mask_ratio",
        "test_training_dropout", "test_training_dropout_default", "test_training_dropout_default_mask", "test_training_dropout_mask",
        "test_training_dropout_zero_ratio", "test_training_dropout_zero_ratio_mask",
        "test_resize_downsample_scales_linear_align_corners", "test_resize_downsample_scales_cubic_align_corners",
    ];

    [Fact]
    public void The_executor_passes_the_node_tests_of_the_operators_that_it_knows()
    {
        Assert.SkipUnless(Directory.Exists(Folder), "libonnx-testdata is not installed.");
        var (passed, foreign, unreadable) = (0, 0, 0);
        var failures = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in Directory.GetDirectories(Folder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            if (Read(folder) is not { } graph)
            {
                unreadable++;
                continue;
            }

            if (graph.Nodes.Any(static n => n.Op is Foreign))
            {
                foreign++;
                continue;
            }

            try
            {
                var (held, other) = Check(graph, Path.Combine(folder, "test_data_set_0")) ? (1, 0) : (0, 1);
                passed += held;
                unreadable += other;
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                failures.Add(name, failure.Message.ReplaceLineEndings(" "));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{passed} passed, {failures.Count} failed, {foreign} of unknown operators, {unreadable} of types that tensors here do not have");
        Assert.True(failures.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(Refused), string.Join('\n', failures.Select(static f => $"{f.Key}: {f.Value}")));
        Assert.True(passed >= 410, $"{passed} passed");
    }

    /// <summary>The graph of a test; null when it has sequences, text or an opset that is not read.</summary>
    private static Graph? Read(string folder)
    {
        try
        {
            return OnnxFile.Read(Path.Combine(folder, "model.onnx")).Graph;
        }
        catch (ToolchainException)
        {
            return null;
        }
    }

    /// <summary>Runs a test; false when libtorch has no tensors of its types.</summary>
    private static bool Check(Graph graph, string data)
    {
        TensorData?[] given = [.. graph.Inputs.Select((_, i) => Tensor(Path.Combine(data, $"input_{i}.pb")))];
        TensorData?[] expected = [.. graph.Outputs.Select((_, i) => Tensor(Path.Combine(data, $"output_{i}.pb")))];
        if (given.Concat(expected).Contains(null))
        {
            return false;
        }

        var inputs = graph.Inputs.Zip(given, static (input, value) => KeyValuePair.Create(input.Name, value!)).ToArray();

        // Only the first output of a layer normalisation is known, which is the one that networks use.
        if (graph.Nodes is [{ Op: LayerNormalization } layer])
        {
            graph = graph with { Nodes = [layer with { Outputs = [layer.Outputs[0]] }], Outputs = [graph.Outputs[0]] };
        }

        // The executor has one input; what else the test gives is part of the graph.
        var whole = graph with
        {
            Inputs = graph.Inputs.Count == 0 ? [new("nothing", new(ElementType.Float32, [1]))] : [graph.Inputs[0]],
            Initializers = new(graph.Initializers.Concat(inputs.Skip(1))),
        };
        var types = GraphTypes.Infer(whole);
        foreach (var (output, wanted) in graph.Outputs.Zip(expected, static (output, value) => (output, value!)))
        {
            var type = types[output.Name]!;
            Assert.Equal(wanted.Type, type.Element);
            Assert.True(type.Shape is null || (type.Shape.Rank == wanted.Dimensions.Count && type.Shape.Zip(wanted.Dimensions).All(static d => d.First.Admits(d.Second))), $"inferred {type}, expected {wanted}");

            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            using var network = new GraphExecutor(whole with { Outputs = [output] }, CPU);
            var actual = network.Forward(inputs.Length == 0 ? zeros(1) : inputs[0].Value.ToTensor()).ToTensorData();
            Assert.Equal(wanted.Dimensions, actual.Dimensions);
            Close(wanted.ToTensor().to(ScalarType.Float32).ToTensorData().Values<float>(), actual.Values<float>());
        }

        return true;
    }

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var fits = expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) <= Absolute + (Relative * Math.Abs(expected[i]));
            Assert.True(fits, $"value {i} is {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    /// <summary>
    /// A tensor in a file of its own, read as the only weight of a model around it: fields 8 (opset), 7 (graph) and, in it, 5 (initializer). Null for text and
    /// unsigned integers of more than 8 bits, which libtorch lacks and which stand for bfloat16 in these files.
    /// </summary>
    private static TensorData? Tensor(string path)
    {
        byte[] tensor = [.. File.ReadAllBytes(path), .. Field(8, Encoding.UTF8.GetBytes("tensor"))];
        byte[] graph = [.. Field(2, Encoding.UTF8.GetBytes("file")), .. Field(5, tensor)];
        byte[] model = [0x08, 8, .. Field(8, [0x10, 17]), .. Field(7, graph)];
        try
        {
            var data = OnnxFile.Read(model).Graph.Initializers["tensor"];
            return data.Type is ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64 ? null : data;
        }
        catch (ToolchainException)
        {
            return null;
        }
    }

    private static byte[] Field(int number, byte[] content)
    {
        var length = new List<byte>();
        for (var rest = content.Length; length.Count == 0 || rest > 0; rest >>= 7)
        {
            length.Add((byte)(rest & 0x7F | (rest > 0x7F ? 0x80 : 0)));
        }

        return [(byte)((number << 3) | 2), .. length, .. content];
    }
}
