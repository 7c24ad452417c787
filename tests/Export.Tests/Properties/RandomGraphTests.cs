using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Tests.Support;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Tests.Properties;

/// <summary>
/// What holds for every graph, on graphs that nobody thought of. A failure names the smallest recipe that was found. <c>GRAPHS=5000</c> in the environment tries so many
/// new ones instead of those that are tried every time.
/// </summary>
public sealed class RandomGraphTests
{
    private const int Graphs = 150;
    private const ulong Seed = 20_260_131;

    // Older opsets have normalisations as several operators, and a normalisation of nearly equal values magnifies what they round.
    private const double OfNormalisations = 1e-3;

    private static readonly int? Wanted = int.TryParse(Environment.GetEnvironmentVariable("GRAPHS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : null;

    private static readonly Rewrite[] Rewrites = [.. RewritePipeline.Inference.Simplifications];

    [Fact]
    public void What_is_written_is_what_is_read() => Holds(static graph =>
    {
        using var first = new MemoryStream();
        using var second = new MemoryStream();

        // The last opset has every known operator as it is.
        OnnxFile.Write(graph, first, new() { Opset = Opsets.Last });
        var read = OnnxFile.Read(first.ToArray()).Graph;
        OnnxFile.Write(read, second, new() { Opset = Opsets.Last });

        Assert.Equal(graph.Inputs, read.Inputs);
        Assert.Equal(graph.Outputs, read.Outputs);
        Assert.Equal(graph.Nodes, read.Nodes);
        Assert.Equal(graph.Initializers.Keys, read.Initializers.Keys);
        Assert.All(graph.Initializers, w => Assert.True(w.Value.ContentEquals(read.Initializers[w.Key])));
        Assert.Equal(first.ToArray(), second.ToArray());
    });

    [Fact]
    public void Every_rewrite_keeps_the_outputs()
    {
        var used = new HashSet<string>();
        Holds(graph =>
        {
            var expected = OnnxRuntime.Run(graph, RandomGraph.Input(2));
            foreach (var rewrite in Rewrites)
            {
                var (result, report) = rewrite.Apply(graph);
                if (report.Changes.Any(static c => c.IsDone))
                {
                    used.Add(rewrite.Name);
                    AssertSame(expected, OnnxRuntime.Run(result, RandomGraph.Input(2)), rewrite.Name);
                }
            }
        });

        // Which ones find something depends on the graphs; that most of them do shows that the graphs are worth trying.
        Assert.True(used.Count > Rewrites.Length / 2, $"Only {string.Join(", ", used.Order())} had something to do.");
    }

    [Fact]
    public void The_whole_pipeline_keeps_the_outputs_for_every_batch_and_finds_nothing_more() => Holds(static graph =>
    {
        var result = RewritePipeline.Inference.Apply(graph).Graph;
        var batches = new[] { RandomGraph.Input(1), RandomGraph.Input(3) };
        var (expected, found) = (OnnxRuntime.Run(graph, batches), OnnxRuntime.Run(result, batches, optimize: true));
        for (var i = 0; i < batches.Length; i++)
        {
            AssertSame(expected[i], found[i], "pipeline");
        }

        Assert.Equal(graph.Outputs, result.Outputs);
        Assert.Equal(result.Nodes, RewritePipeline.Inference.Apply(result).Graph.Nodes);
        Assert.True(result.Nodes.Count <= graph.Nodes.Count, $"{graph.Nodes.Count} nodes became {result.Nodes.Count}.");
    });

    [Fact]
    public void Every_opset_computes_the_same() => Holds(
        static graph =>
        {
            var expected = OnnxRuntime.Run(graph, RandomGraph.Input(2));
            for (var opset = Opsets.First; opset <= Opsets.Last; opset++)
            {
                AssertSame(expected, OnnxRuntime.Run(graph, RandomGraph.Input(2), opset), $"opset {opset}", OfNormalisations);
            }
        },
        Graphs / 5);

    private static void Holds(Action<Graph> property, int graphs = Graphs)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(Wanted ?? graphs).WithEndSize(90);
        Check.One(Wanted is null ? config.WithReplay(Seed, 7) : config, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), recipe => property(RandomGraph.Of(recipe))));
    }

    private static void AssertSame(IReadOnlyDictionary<string, TensorData> expected, IReadOnlyDictionary<string, TensorData> found, string what, double tolerance = 1e-4)
    {
        Assert.Equal(expected.Keys.Order(), found.Keys.Order());
        foreach (var (name, values) in expected)
        {
            var left = values.Values<float>();
            var right = found[name].Values<float>();
            var largest = 1f;
            foreach (var value in left)
            {
                largest = Math.Max(largest, Math.Abs(value));
            }

            Assert.Equal(values.Dimensions, found[name].Dimensions);
            for (var i = 0; i < left.Length; i++)
            {
                Assert.True(Math.Abs(left[i] - right[i]) <= tolerance * largest, $"{what}: value {i} of {name} was {left[i]:R} and is {right[i]:R}.");
            }
        }
    }
}
