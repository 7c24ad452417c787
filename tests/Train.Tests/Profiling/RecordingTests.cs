using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Execution;
using Toolchain.Train.Profiling;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Profiling;

/// <summary>A training pass that is timed node by node computes what it computes otherwise.</summary>
public sealed class RecordingTests
{
    private const int Classes = 3;
    private const int Side = 32;

    // What makes a network small; those that are not here are small with a width of 4.
    private static readonly Dictionary<string, string[]> Small = new()
    {
        ["linear"] = [],
        ["mlp"] = ["hidden=16"],
        ["cnnnet"] = ["size=small"],
        ["resblocks"] = ["width=4", "blocks=3"],
        ["googlenet"] = [],
        ["unet"] = ["width=4", "depth=2"],
    };

    public static TheoryData<string> Networks => [.. NetworkCatalog.Documented.Select(static n => n.Name)];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Loss_gradients_and_statistics_are_the_same_to_the_last_bit(string name)
    {
        var graph = Build(name);
        var recorder = new ProfileRecorder();
        var (plain, recorded) = (Step(graph, null), Step(graph, recorder));
        Assert.Equal(plain.Keys, recorded.Keys);
        Assert.All(plain, p => Assert.True(p.Value.AsSpan().SequenceEqual(recorded[p.Key]), p.Key));

        using var network = new GraphExecutor(graph, CPU);
        var forward = recorder.Spans.Where(static s => s is { Part: ProfilePart.Forward, Work: not null }).Select(static s => s.Work!.Place).ToArray();
        Assert.Equal(network.Steps.Select(static s => s.Node.Name), forward);

        // Every layer with weights has a time in the backward pass, alone or with what is written over it.
        var backward = recorder.Spans.Where(static s => s is { Part: ProfilePart.Backward, Work: not null }).SelectMany(static s => s.Work!.Place.Split(" + ")).ToArray();
        var trained = network.Steps.Where(s => s.Node.Inputs.Any(network.Weights.Parameters.ContainsKey)).Select(static s => s.Node.Name);
        Assert.Empty(trained.Except(backward));
        Assert.Equal(backward.Distinct(), backward);
    }

    [Fact]
    public void Sixteen_bits_give_the_same_gradients_too()
    {
        var mode = new ComputeMode(Precision.BFloat16, MemoryLayout.ChannelsLast);
        var graph = Build("resblocks");
        var (plain, recorded) = (Step(graph, null, mode: mode), Step(graph, new(), mode: mode));
        Assert.All(plain, p => Assert.True(p.Value.AsSpan().SequenceEqual(recorded[p.Key]), p.Key));
    }

    [Fact]
    public void With_gradient_checkpointing_what_is_computed_again_is_told_apart()
    {
        var graph = Build("resblocks");
        var recorder = new ProfileRecorder();
        var (plain, recorded) = (Step(graph, null, segments: 3), Step(graph, recorder, segments: 3));
        Assert.All(plain, p => Assert.True(p.Value.AsSpan().SequenceEqual(recorded[p.Key]), p.Key));

        var again = recorder.Spans.Where(static s => s.Part == ProfilePart.Recompute).Select(static s => s.Work!.Place).ToArray();
        var forward = recorder.Spans.Where(static s => s is { Part: ProfilePart.Forward, Work: not null }).Select(static s => s.Work!.Place).ToArray();
        Assert.NotEmpty(again);
        Assert.Empty(again.Except(forward));
        Assert.Equal(3, recorder.Spans.Count(static s => s is { Part: ProfilePart.Backward, Work: not null }));
    }

    [Fact]
    public void Pieces_lie_within_their_part_and_follow_each_other()
    {
        var recorder = new ProfileRecorder();
        Step(Build("cnnnet"), recorder);
        foreach (var part in (ProfilePart[])[ProfilePart.Forward, ProfilePart.Backward])
        {
            var whole = Assert.Single(recorder.Spans, s => s.Part == part && s.Work is null);
            var inside = recorder.Spans.Where(s => s.Part == part && s.Work is not null).ToArray();
            Assert.All(inside, s => Assert.InRange(s.From, whole.From, s.To));
            Assert.All(inside, s => Assert.InRange(s.To, s.From, whole.To));
            Assert.All(inside.Zip(inside.Skip(1)), static pair => Assert.True(pair.First.To <= pair.Second.From));
        }
    }

    [Fact]
    public void A_timed_pass_leaves_no_tensors_behind()
    {
        using var network = new GraphExecutor(Build("resblocks"), CPU) { Training = true, Recorder = new() };
        var counts = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            using (NewDisposeScope())
            {
                var output = network.ForwardForBackward(Images());
                network.Backward(output.mul(output).mean());
            }

            counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            foreach (var parameter in network.Weights.Parameters.Values)
            {
                parameter.grad = null;
            }
        }

        Assert.Equal(counts[1], counts[^1]);
    }

    private static SortedDictionary<string, float[]> Step(Graph graph, ProfileRecorder? recorder, int segments = 1, ComputeMode? mode = null)
    {
        using var scope = NewDisposeScope();
        using var network = new GraphExecutor(graph, CPU, mode) { Training = true, CheckpointSegments = segments, Pass = new(7, 1), Recorder = recorder };
        var output = network.ForwardForBackward((mode ?? ComputeMode.Default).Arrange(Images()));
        var loss = output.mul(output).mean();
        network.Backward(loss);
        return new(
            network.Weights.Parameters.Select(static p => KeyValuePair.Create($"gradient of {p.Key}", p.Value.grad!))
                .Concat(network.Weights.Buffers.Select(static b => KeyValuePair.Create($"buffer {b.Key}", b.Value)))
                .Append(KeyValuePair.Create("loss", loss))
                .ToDictionary(static v => v.Key, static v => v.Value.ToTensorData().Values<float>().ToArray()), StringComparer.Ordinal);
    }

    private static Graph Build(string name)
    {
        var network = NetworkCatalog.Get(name);
        return network.Build(new(1, Side, Side), Classes, NetworkArguments.Of(network, Small.GetValueOrDefault(name, ["width=4"]).Select(static s => s.Split('=')).ToDictionary(static s => s[0], static s => s[1])), seed: 1);
    }

    private static Tensor Images() => TensorData.Of<float>([.. Enumerable.Range(0, 4 * Side * Side).Select(static i => (float)Math.Sin(i * 0.37))], 4, 1, Side, Side).ToTensor();
}
