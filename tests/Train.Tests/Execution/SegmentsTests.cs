using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using TorchSharp;
using static Toolchain.Graphs.Layers;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Tests.Execution;

/// <summary>Gradient checkpointing gives what the plain pass gives.</summary>
public sealed class SegmentsTests
{
    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var graph in Graphs.Keys)
        {
            foreach (var segments in (int[])[2, 3, 7, 1000])
            {
                cases.Add(graph, segments);
            }
        }

        return cases;
    }

    private static Dictionary<string, Func<Graph>> Graphs { get; } = new()
    {
        ["residual blocks"] = static () => NetworkCatalog.Get("resblocks").Build(new(1, 8, 8), 3, NetworkArguments.Of(NetworkCatalog.Get("resblocks"), new Dictionary<string, string> { ["width"] = "4", ["blocks"] = "5" })),
        ["shared blocks"] = static () => NetworkCatalog.Get("resblocks").Build(new(1, 8, 8), 3, NetworkArguments.Of(NetworkCatalog.Get("resblocks"), new Dictionary<string, string> { ["width"] = "4", ["blocks"] = "5", ["shared"] = "true" })),
        ["dropout and branches"] = Branches,
        ["parts and computed shapes"] = Parts,
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Segments_give_the_gradients_and_statistics_of_the_plain_pass(string name, int segments)
    {
        var graph = Graphs[name]();
        var plain = Step(graph, 1, ComputeMode.Default);
        var cut = Step(graph, segments, ComputeMode.Default);

        Assert.Equal(plain.Loss, cut.Loss);
        Assert.Equal(plain.Values.Keys, cut.Values.Keys);
        foreach (var (key, expected) in plain.Values)
        {
            var found = cut.Values[key];
            Assert.True(expected.Zip(found, static (a, b) => Math.Abs(a - b)).Max() <= 1e-6f * Math.Max(1, expected.Max(Math.Abs)), key);
        }
    }

    [Fact]
    public void Segments_give_the_gradients_of_the_plain_pass_in_bfloat16()
    {
        var graph = Branches();
        var mode = new ComputeMode(Precision.BFloat16, MemoryLayout.ChannelsLast);
        var plain = Step(graph, 1, mode);
        var cut = Step(graph, 3, mode);
        Assert.Equal(plain.Loss, cut.Loss);
        foreach (var (key, expected) in plain.Values)
        {
            Assert.True(expected.Zip(cut.Values[key], static (a, b) => Math.Abs(a - b)).Max() <= 1e-2f * Math.Max(1, expected.Max(Math.Abs)), key);
        }
    }

    [Fact]
    public void A_frozen_beginning_gets_no_gradients_in_segments_either()
    {
        var graph = Branches();
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU) { Training = true, CheckpointSegments = 4 };
        network.Weights.Freeze(network.Weights.Parameters.Keys.Where(static n => !n.StartsWith("fc", StringComparison.Ordinal)).ToHashSet());
        network.Backward(F.cross_entropy(network.ForwardForBackward(Images()), Labels()));
        Assert.All(network.Weights.Parameters, p => Assert.Equal(p.Key.StartsWith("fc", StringComparison.Ordinal), p.Value.grad is not null));
    }

    [Fact]
    public void Segments_leave_no_tensors_behind()
    {
        var graph = Branches();
        using var network = new GraphExecutor(graph, CPU) { Training = true, CheckpointSegments = 3 };
        var counts = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            using (NewDisposeScope())
            {
                network.Backward(F.cross_entropy(network.ForwardForBackward(Images()), Labels()));
            }

            counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            foreach (var parameter in network.Weights.Parameters.Values)
            {
                parameter.grad = null;
            }
        }

        Assert.Equal(counts[1], counts[^1]);
    }

    private static (float Loss, SortedDictionary<string, float[]> Values) Step(Graph graph, int segments, ComputeMode mode)
    {
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU, mode) { Training = true, CheckpointSegments = segments, Pass = new(7, 1) };
        var loss = F.cross_entropy(network.ForwardForBackward(mode.Arrange(Images())), Labels());
        network.Backward(loss);
        var values = new SortedDictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (name, parameter) in network.Weights.Parameters)
        {
            values[$"gradient of {name}"] = parameter.grad!.ToTensorData().Values<float>().ToArray();
        }

        foreach (var (name, buffer) in network.Weights.Buffers)
        {
            values[$"buffer {name}"] = buffer.ToTensorData().Values<float>().ToArray();
        }

        return (loss.item<float>(), values);
    }

    private static Graph Branches()
    {
        var net = new GraphBuilder("branches");
        var x = net.Input("input", ElementType.Float32, ["N", 1, 8, 8]);
        x = net.Apply("conv1", Conv2d(6, kernel: 3, padding: 1, bias: false), x);
        x = net.Apply("bn1", BatchNorm2d(), x);
        x = net.Apply("relu1", ReLU(), x);
        var skip = net.Apply("drop1", Dropout(0.4f), x);
        x = net.Apply("conv2", Conv2d(6, kernel: 3, padding: 1), skip);
        x = net.Apply("bn2", BatchNorm2d(), x);
        x = net.Apply("tanh2", Tanh(), x);
        x = net.Add(new Add(), [x, skip], "add");
        x = net.Apply("conv3", Conv2d(4, kernel: 3), x);
        x = net.Apply("relu3", ReLU(), x);
        x = net.Apply("flatten", Flatten(), x);
        x = net.Apply("drop2", Dropout(0.3f), x);
        net.Output("logits", net.Apply("fc", Linear(3), x));
        return net.Build();
    }

    private static Graph Parts()
    {
        var net = new GraphBuilder("parts");
        var x = net.Input("input", ElementType.Float32, ["N", 1, 8, 8]);
        var shape = net.Add(new ShapeOf(), [x], "shape");
        var batch = net.Add(new Slice(), [shape, net.Constant("first", TensorData.Of<long>([0])), net.Constant("second", TensorData.Of<long>([1]))], "batch");
        x = net.Apply("conv1", Conv2d(6, kernel: 3, padding: 1), x);
        var parts = net.Add(new Split(1), [x], 3, "parts");
        var left = net.Apply("conv2", Conv2d(2, kernel: 3, padding: 1), parts[0]);
        var right = net.Apply("conv3", Conv2d(2, kernel: 3, padding: 1), parts[2]);
        x = net.Add(new Concat(1), [right, parts[1], left], "joined");
        x = net.Add(new Reshape(), [x, net.Add(new Concat(0), [batch, net.Constant("rest", TensorData.Of<long>([-1]))], "target")], "flat");
        net.Output("logits", net.Apply("fc", Linear(3), x));
        return net.Build();
    }

    private static Tensor Images()
    {
        using var generator = manual_seed(3);
        return randn([6, 1, 8, 8]);
    }

    private static Tensor Labels() => arange(6, dtype: ScalarType.Int64).remainder(3);
}
