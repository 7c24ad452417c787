using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Losses;
using Toolchain.Train.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Evaluation;

/// <summary>Classifiers, ensembles and worst mistakes on small random images.</summary>
public sealed class EvaluatorTests
{
    private static readonly Preprocessing Input = new(1, 4, 4, [0.4f], [0.3f]);
    private static readonly Dataset Data = RandomImages(37, 3);
    private static readonly int[] All = [.. Enumerable.Range(0, Data.Count)];

    [Fact]
    public void The_quick_measurement_and_the_full_one_agree()
    {
        var graph = Network(1);
        var quick = Quick(graph);
        var full = Evaluate([graph]).Report;
        Assert.Equal((quick.Images, quick.Accuracy), (full.Images, full.Accuracy));
        Assert.Equal(quick.Loss, full.Loss, 1e-6);
        Assert.Equal(full.Loss, full.Score.Loss);
    }

    [Fact]
    public void The_quick_measurement_takes_any_loss_and_leaves_the_network_in_its_mode()
    {
        using var loss = new FocalLoss();
        using var network = new GraphExecutor(Network(1), CPU) { Training = true };
        using var feeder = new BatchFeeder(Input, CPU, ComputeMode.Default);
        var score = Evaluator.Measure(network, feeder, new(Data, All), loss, default);
        Assert.True(network.Training);
        Assert.True(score.Loss < Quick(Network(1)).Loss);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(64)]
    public void Batches_do_not_matter(int batch)
    {
        var expected = Evaluate([Network(1), Network(2)], new() { Confusion = true });
        var actual = Evaluate([Network(1), Network(2)], new() { Confusion = true, BatchSize = batch });
        Assert.Equal((expected.Report.Accuracy, expected.Report.Confusion), (actual.Report.Accuracy, actual.Report.Confusion));
        Assert.Equal(expected.Report.Loss, actual.Report.Loss, 1e-6);
        Assert.Equal(expected.Disagreement!.Value, actual.Disagreement!.Value, 1e-6);
    }

    [Fact]
    public void A_graph_that_ends_in_a_softmax_or_its_logarithm_is_measured_the_same()
    {
        var expected = Evaluate([Network(1)]).Report;
        foreach (var last in new Operator[] { new LogSoftmax(), new Softmax() })
        {
            var actual = Evaluate([EndIn(Network(1), last)]).Report;
            Assert.Equal(expected.Accuracy, actual.Accuracy);
            Assert.Equal(expected.Loss, actual.Loss, 1e-5);
            Assert.Equal(expected.Calibration.ExpectedError, actual.Calibration.ExpectedError, 1e-5);
        }
    }

    [Fact]
    public void A_single_logit_is_two_classes()
    {
        var images = RandomImages(12, 2);
        var report = Evaluate([Constant(1.5f)], images: images).Report;
        Assert.Equal(2, report.Classes.Count);
        var ones = images.Labels.ToArray().Count(static l => l == 1) / 12.0;
        Assert.Equal(ones, report.Accuracy, 1e-9);
        Assert.Equal(Math.Log(1 + Math.Exp(-1.5)) + ((1 - ones) * 1.5), report.Loss, 1e-6);
    }

    [Fact]
    public void An_ensemble_of_one_model_twice_is_that_model_and_agrees()
    {
        var one = Evaluate([Network(1)]);
        var two = Evaluate([Network(1), Network(1)]);
        Assert.Equal((0, null), (one.Members.Count, one.Disagreement));
        Assert.Equal(one.Report.Accuracy, two.Report.Accuracy);
        Assert.Equal(one.Report.Loss, two.Report.Loss, 1e-6);
        Assert.Equal(0, two.Disagreement!.Value, 1e-6);
        Assert.Equal([one.Report.Accuracy, one.Report.Accuracy], two.Members.Select(static m => m.Report.Accuracy));
    }

    [Fact]
    public void An_ensemble_predicts_the_mean_of_probabilities_and_disagrees_by_their_mutual_information()
    {
        var report = Evaluate([Constant(Log(0.7f, 0.2f, 0.1f)), Constant(Log(0.1f, 0.3f, 0.6f))]);
        var shares = Enumerable.Range(0, 3).Select(static c => (double)Data.Labels.ToArray().Count(l => l == c) / Data.Count).ToArray();
        double[] mean = [0.4, 0.25, 0.35];
        Assert.Equal(shares.Zip(mean, static (share, p) => -share * Math.Log(p)).Sum(), report.Report.Loss, 1e-6);
        Assert.Equal(0.23064548978184274, report.Disagreement!.Value, 1e-6);
        Assert.Equal(shares[0], report.Members[0].Report.Accuracy, 1e-9);
        Assert.Equal(shares[2], report.Members[1].Report.Accuracy, 1e-9);
    }

    [Fact]
    public void Members_that_are_sure_of_different_classes_disagree_by_one_bit() =>
        Assert.Equal(Math.Log(2), Evaluate([Constant(500, 0, 0), Constant(0, 500, 0)]).Disagreement!.Value, 1e-6);

    [Fact]
    public void Views_are_averaged_as_probabilities()
    {
        var graph = Network(1);
        var mirrored = Mirror(Data);
        var expected = new double[Data.Count];
        foreach (var images in new[] { Data, mirrored })
        {
            foreach (var (i, p) in Probabilities(graph, images).Index())
            {
                expected[i] += p[Data.Labels[i]] / 2;
            }
        }

        Assert.Equal(-expected.Average(Math.Log), Evaluate([graph], new() { Augmentation = new(Flip: true) }).Report.Loss, 1e-5);
    }

    [Fact]
    public void A_mirrored_data_set_gives_the_same_with_mirrored_views()
    {
        var augmentation = new TestTimeAugmentation(Flip: true, Shift: 1);
        var expected = Evaluate([Network(1)], new() { Augmentation = augmentation }).Report;
        var actual = Evaluate([Network(1)], new() { Augmentation = augmentation }, Mirror(Data)).Report;
        Assert.Equal(expected.Loss, actual.Loss, 1e-5);
        Assert.NotEqual(Evaluate([Network(1)]).Report.Loss, expected.Loss, 1e-5);
    }

    [Theory]
    [InlineData(5, 37)]
    [InlineData(5, 4)]
    [InlineData(1000, 8)]
    public void The_worst_mistakes_are_the_wrong_images_with_the_highest_losses(int count, int batch)
    {
        int[] indices = [.. All.Where(static i => i % 3 != 1).Reverse()];
        var found = Evaluate([Network(1)], new() { WorstMistakes = count, BatchSize = batch }, indices: indices).Mistakes;
        var probabilities = Probabilities(Network(1), Data);
        var expected = indices
            .Select(i => (Index: i, Of: probabilities[i], True: Data.Labels[i], Predicted: Array.IndexOf(probabilities[i], probabilities[i].Max())))
            .Where(static i => i.Predicted != i.True)
            .OrderBy(static i => i.Of[i.True])
            .Take(count)
            .ToArray();
        Assert.True(expected.Length >= 5);
        Assert.Equal(expected.Select(static i => (i.Index, i.True, i.Predicted)), found.Select(static m => (m.Index, m.TrueClass, m.PredictedClass)));
        foreach (var (one, mistake) in expected.Zip(found))
        {
            Assert.Equal(one.Of.Max(), mistake.Probability, 1e-5);
            Assert.Equal(-Math.Log(one.Of[one.True]), mistake.Loss, 1e-5);
        }
    }

    [Fact]
    public void Of_equal_mistakes_those_that_come_first_are_kept_and_what_is_no_number_is_worst()
    {
        var equal = Evaluate([Constant(0, 0, 9)], new() { WorstMistakes = 3, BatchSize = 5 }).Mistakes;
        Assert.Equal(All.Where(static i => Data.Labels[i] != 2).Take(3), equal.Select(static m => m.Index));
        var infinite = Evaluate([Constant(float.PositiveInfinity, 0, 0)], new() { WorstMistakes = 1 }).Mistakes;
        Assert.Equal(double.PositiveInfinity, Assert.Single(infinite).Loss);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        Evaluate([Network(1)]);
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Evaluate([Network(1), Network(2)], new() { TopK = [2], Confusion = true, Augmentation = new(true, 1), WorstMistakes = 4, BatchSize = 8 });
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static SplitScore Quick(Graph graph)
    {
        using var network = new GraphExecutor(graph, CPU);
        using var feeder = new BatchFeeder(Input, CPU, ComputeMode.Default);
        using var loss = new CrossEntropyLoss();
        return Evaluator.Measure(network, feeder, new(Data, All, new() { BatchSize = 10 }), loss, default);
    }

    private static EvaluationReport Evaluate(Graph[] graphs, EvaluationOptions? options = null, Dataset? images = null, int[]? indices = null)
    {
        var members = graphs.Select(static (graph, i) => new Classifier($"m:{i + 1}", graph, Input, CPU)).ToArray();
        try
        {
            return Evaluator.Evaluate(members, images ?? Data, indices ?? [.. Enumerable.Range(0, (images ?? Data).Count)], options ?? new(), default);
        }
        finally
        {
            Array.ForEach(members, static m => m.Dispose());
        }
    }

    private static double[][] Probabilities(Graph graph, Dataset images)
    {
        var values = new float[images.Count * images.ImageBytes];
        Input.Normalise(images.Pixels.Span, values);
        return [.. Runners.Torch(graph, TensorData.Of<float>(values, images.Count, 1, 4, 4)).Values<float>().ToArray().Chunk(3).Select(static row =>
        {
            var powers = row.Select(static x => Math.Exp(x)).ToArray();
            return powers.Select(p => p / powers.Sum()).ToArray();
        })];
    }

    private static Graph Network(long seed) => NetworkCatalog.Get("mlp").Build(new(1, 4, 4), 3, seed: seed);

    /// <summary>A network that gives the same logits for every image.</summary>
    private static Graph Constant(params float[] logits)
    {
        var graph = NetworkCatalog.Get("mlp").Build(new(1, 4, 4), logits.Length);
        return graph with
        {
            Initializers = graph.Initializers.Select((name, data) => name switch
            {
                "fc2.bias" => TensorData.Of<float>(logits),
                "fc2.weight" => TensorData.Of<float>(new float[data.ElementCount], [.. data.Dimensions]),
                _ => data,
            }),
        };
    }

    private static Graph EndIn(Graph graph, Operator last) => graph with
    {
        Nodes = [.. graph.Nodes, new Node("last", last, [graph.Outputs[0].Name], ["last"])],
        Outputs = [graph.Outputs[0] with { Name = "last" }],
    };

    private static float[] Log(params float[] probabilities) => [.. probabilities.Select(static p => MathF.Log(p))];

    private static Dataset RandomImages(int count, int classes)
    {
        var random = new SeededRandom(9);
        var pixels = new byte[count * 16];
        foreach (ref var pixel in pixels.AsSpan())
        {
            pixel = (byte)random.Below(256);
        }

        return new("random", pixels, [.. Enumerable.Range(0, count).Select(i => (i * i) % 7 % classes)], 4, 4, 1, [.. Enumerable.Range(0, classes).Select(static c => $"class {c}")]);
    }

    private static Dataset Mirror(Dataset images)
    {
        var pixels = images.Pixels.ToArray();
        for (var row = 0; row < pixels.Length; row += images.Width)
        {
            pixels.AsSpan(row, images.Width).Reverse();
        }

        return new("mirrored", pixels, images.Labels.ToArray(), images.Height, images.Width, 1, images.ClassNames);
    }
}
