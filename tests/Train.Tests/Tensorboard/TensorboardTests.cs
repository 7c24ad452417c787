using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Toolchain.Data;
using Toolchain.Graphs;
using Toolchain.Networks;
using Toolchain.Train.Evaluation;
using Toolchain.Train.Observation;
using Toolchain.Train.Recipes;
using Toolchain.Train.Tensorboard;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Tensorboard;

/// <summary>The event files of whole runs, read by a reader that knows the format alone.</summary>
public sealed class TensorboardTests
{
    [Fact]
    public async Task Without_the_option_there_are_no_event_files_and_with_it_the_same_weights()
    {
        var plain = await TinyRuns.TrainAsync([.. TinyRuns.Mlp, "--epochs", "2", "--batch", "16"]);
        Assert.False(Directory.Exists(Path.Combine(plain.Folder, "tensorboard")));
        WeightChecks.Same(plain.Weights, (await BoardedAsync()).Run.Weights);
    }

    [Fact]
    public async Task A_file_begins_with_its_version_and_its_name_tells_what_it_is()
    {
        var (run, events) = await BoardedAsync();
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(FileOf(run)), StringComparison.Ordinal);
        Assert.Equal("brain.Event:2", events[0].Text(3));
        Assert.All(events, static e => Assert.Equal(1769860800, e.Double(1)));
        Assert.Equal(Convert.FromHexString("1800000000000000a37f4b22"), File.ReadAllBytes(FileOf(run))[..12]);
    }

    [Fact]
    public async Task Scalars_are_the_figures_of_the_log()
    {
        var (run, events) = await BoardedAsync();
        var values = EventReader.Values(events);
        var log = RunLog.Read(Path.Combine(run.Folder, "log.jsonl"));
        Same("train/loss", log.Steps.Select(static s => (s.Step, (double?)s.Loss)));
        Same("train/accuracy", log.Steps.Select(static s => (s.Step, s.Accuracy)));
        Same("learning_rate/all", log.Steps.Select(static s => (s.Step, (double?)s.LearningRate)));
        Same("epoch/train_loss", log.Epochs.Select(static e => (e.Steps, (double?)e.TrainLoss)));
        Same("validation/loss", log.Epochs.Select(static e => (e.Steps, e.ValidationLoss)));
        Same("validation/accuracy", log.Epochs.Select(static e => (e.Steps, e.ValidationAccuracy)));
        Same("test/loss", [(14L, log.End!.TestLoss)]);
        Same("test/accuracy", [(14L, log.End.TestAccuracy)]);
        Assert.Equal(["speed/images_per_second", "speed/waited_seconds"], values.Select(static v => v.Tag).Where(static t => t.StartsWith("speed/", StringComparison.Ordinal)).Distinct());

        void Same(string tag, IEnumerable<(long Step, double? Value)> expected) => Assert.Equal(
            expected.Select(static e => (e.Step, (float)e.Value!.Value)), values.Where(v => v.Tag == tag && v.IsScalar).Select(static v => (v.Step, v.Scalar)));
    }

    [Fact]
    public async Task Every_parameter_group_has_its_own_rate()
    {
        var run = await TinyRuns.TrainAsync([.. TinyRuns.Mlp, "--epochs", "1", "--batch", "16", "--lr", "0.01", "--schedule", "constant", "--lr-for", "fc1.*=0.001", "--log-every", "1", "--tensorboard"]);
        var values = EventReader.Values(EventReader.Events(FileOf(run)));
        Assert.All(values.Where(static v => v.Tag == "learning_rate/fc1.*"), static v => Assert.Equal(0.001f, v.Scalar, 1e-9f));
        Assert.All(values.Where(static v => v.Tag == "learning_rate/all others"), static v => Assert.Equal(0.01f, v.Scalar, 1e-9f));
        Assert.Equal(14, values.Count(static v => v.Tag.StartsWith("learning_rate/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_parameter_has_histograms_of_its_weights_and_gradients_after_every_epoch()
    {
        var (run, events) = await BoardedAsync();
        var values = EventReader.Values(events);
        var last = run.Checkpoint("last");
        foreach (var (name, weights) in last)
        {
            Assert.Equal([7, 14], values.Where(v => v.Tag == $"gradients/{name}").Select(static v => v.Step));
            Assert.Equal([7, 14], values.Where(v => v.Tag == $"weights/{name}").Select(static v => v.Step));
            var histogram = values.Last(v => v.Tag == $"weights/{name}").Histogram;
            var (limits, counts) = (histogram.Doubles(6), histogram.Doubles(7));
            Assert.Equal((weights.Min(), weights.Max()), ((float)histogram.Double(1), (float)histogram.Double(2)));
            Assert.Equal((weights.Length, weights.Length), (histogram.Double(3), counts.Sum()));
            Assert.Equal(weights.Sum(static w => (double)w), histogram.Double(4), 1e-6);
            Assert.Equal(weights.Sum(static w => (double)w * w), histogram.Double(5), 1e-6);
            Assert.Equal(limits.Order(), limits);
            Assert.Equal(weights.Max(), limits[^1], 1e-6);

            // The buckets' middles give the mean to within half a bucket.
            var width = (histogram.Double(2) - histogram.Double(1)) / counts.Length;
            Assert.Equal(weights.Average(), limits.Zip(counts, (l, c) => (l - (width / 2)) * c).Sum() / weights.Length, (width / 2) + 1e-9);
        }

        Assert.Contains(values, static v => v.Tag == "gradients/fc1.weight" && v.Histogram.Double(5) > 0);
    }

    [Fact]
    public void A_histogram_leaves_out_what_is_no_number_and_has_one_bucket_for_equal_values()
    {
        Assert.Null(Histogram.Of([float.NaN, float.PositiveInfinity]));
        var equal = Histogram.Of([2, 2, float.NaN])!;
        Assert.Equal((2, 2, 2, 4, 8), (equal.Min, equal.Max, equal.Num, equal.Sum, equal.SumSquares));
        Assert.Equal((2.0, 2.0), (Assert.Single(equal.BucketLimit), Assert.Single(equal.Bucket)));
        var two = Histogram.Of([0, 64])!;
        Assert.Equal((64, 1, 1, 2), (two.Bucket.Count, two.Bucket[0], two.Bucket[63], two.Bucket.Sum()));
        Assert.Equal(Enumerable.Range(1, 64).Select(static i => (double)i), two.BucketLimit);
    }

    [Fact]
    public async Task Pictures_show_predictions_and_the_confusion_matrix()
    {
        var (run, events) = await BoardedAsync();
        var values = EventReader.Values(events);
        foreach (var tag in new[] { "validation/confusion", "predictions/sheet" })
        {
            var shown = values.Where(v => v.Tag == tag).ToArray();
            Assert.Equal([7, 14], shown.Select(static v => v.Step));
            var image = shown[^1].Image;
            var png = image.Bytes(4);
            Assert.Equal(Convert.FromHexString("89504e470d0a1a0a"), png[..8]);
            Assert.Equal((image.Integer(2), image.Integer(1)), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20))));
            Assert.Equal(3, image.Integer(3));
            Assert.NotEmpty(shown[^1].Metadata.Text(3));
        }

        var table = values.Last(static v => v.Tag == "predictions/table");
        Assert.Equal("text", table.Metadata.Message(1).Text(1));
        var labels = run.Version.Manifest.Labels;
        var rows = table.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)[2..];
        Assert.All(rows, row => Assert.All(row.Split('|')[2..4], cell => Assert.Contains(cell.Trim(), labels)));
    }

    [Fact]
    public void A_cell_of_the_confusion_matrix_is_the_darker_the_larger_its_share_of_the_row()
    {
        var picture = ConfusionPicture.Of(new(2, [3, 1, 0, 8]));
        Assert.Equal((64, 64), (picture.Height, picture.Width));
        Assert.Equal((255, 8), (Red(1, 0), Red(1, 1)));
        Assert.Equal(Math.Round(255 - (Math.Sqrt(0.75) * 247)), Red(0, 0));
        Assert.Equal(Math.Round(255 - (0.5 * 247)), Red(0, 1));
        Assert.Equal(1000, ConfusionPicture.Of(new(1000, [.. new long[1_000_000]])).Width);

        int Red(int row, int column) => picture.Pixels[((((row * 32) + 16) * 64) + (column * 32) + 16) * 3];
    }

    [Fact]
    public void Right_predictions_are_framed_in_green_and_wrong_ones_in_red()
    {
        PredictedSample[] samples = [new(new byte[64], (8, 8, 1), 0, 0, 0.9f), new(new byte[64], (8, 8, 1), 0, 1, 0.6f)];
        var sheet = new PredictionSheet(samples, ["a|b", "c"]);
        var picture = sheet.Draw();

        // A gap of 4 pixels, then a frame of 3 around 64 pixels, and the next.
        Assert.True(Green(5) > Red(5));
        Assert.True(Red(4 + 70 + 4 + 1) > Green(4 + 70 + 4 + 1));
        Assert.Equal((0, 0), (Red(40), Green(40)));
        Assert.EndsWith("| 1 | a\\|b | a\\|b | 90.0 % |\n| 2 | a\\|b | c | 60.0 % |\n", sheet.Table(), StringComparison.Ordinal);

        int Red(int x) => picture.Pixels[((40 * picture.Width) + x) * 3];

        int Green(int x) => picture.Pixels[(((40 * picture.Width) + x) * 3) + 1];
    }

    [Fact]
    public void Masks_stand_beside_their_image_a_colour_for_each_class()
    {
        var (label, predicted) = (new long[64], new long[64]);
        label.AsSpan(32).Fill(MaskTargets.Ignored);
        predicted.AsSpan().Fill(1);
        var sheet = MaskSheet.Of([new(new byte[64], (8, 8, 1), label, predicted)]);

        // Three cells of 64 pixels with gaps of 4: class 0 above what does not count, and beside it class 1, which is red.
        Assert.Equal((72, 208), (sheet.Height, sheet.Width));
        Assert.Equal((0, 0, 0), At(20, 100));
        Assert.Equal((128, 128, 128), At(60, 100));
        Assert.Equal((242, 85, 85), At(20, 170));

        (int, int, int) At(int y, int x)
        {
            var pixel = sheet.Pixels.AsSpan(((y * sheet.Width) + x) * 3, 3);
            return (pixel[0], pixel[1], pixel[2]);
        }
    }

    [Fact]
    public async Task The_graph_is_the_network_s()
    {
        var (run, events) = await BoardedAsync();
        var nodes = new WireMessage(Assert.Single(events, static e => e.Has(4)).Bytes(4)).Messages(1).ToArray();
        Require(nodes);
        Assert.Equal(run.Graph.Nodes.Select(static n => n.Op.Type).Order(), nodes.Select(static n => n.Text(2)).Where(static op => op is not ("Input" or "Weight" or "Output")).Order());
        Assert.Equal(run.Graph.Initializers.Keys.Select(static k => k.Replace('.', '/')).Order(), nodes.Where(static n => n.Text(2) == "Weight").Select(static n => n.Text(1)).Order());
    }

    [Fact]
    public void Every_network_s_graph_is_whole()
    {
        foreach (var network in NetworkCatalog.All)
        {
            var written = GraphNodes.Of(network.Build(new(3, 64, 64), 10));
            var bytes = new byte[written.CalculateSize()];
            Google.Protobuf.MessageExtensions.WriteTo(written, bytes.AsSpan());
            Require([.. new WireMessage(bytes).Messages(1)]);
        }
    }

    [Fact]
    public async Task Hyper_parameters_are_the_network_with_its_arguments_and_the_recipe()
    {
        var (run, events) = await BoardedAsync();
        var data = EventReader.Values(events).Where(static v => v.Tag.StartsWith("_hparams_/", StringComparison.Ordinal)).ToDictionary(static v => v.Tag, static v => v.Metadata.Message(1));
        Assert.Equal(["_hparams_/experiment", "_hparams_/session_end_info", "_hparams_/session_start_info"], data.Keys.Order());
        Assert.All(data.Values, static plugin => Assert.Equal("hparams", plugin.Text(1)));
        var recipe = JsonNode.Parse(File.ReadLines(Path.Combine(run.Folder, "log.jsonl")).First())!["recipe"]!.AsObject();
        var (experiment, session) = (data["_hparams_/experiment"].Message(2).Message(2), data["_hparams_/session_start_info"].Message(2).Message(3));
        string[] names = ["network", "image_size", "seed", "set.hidden", "set.log_softmax", .. recipe.Select(static p => p.Key)];
        Assert.Equal(names, experiment.Messages(4).Select(static p => p.Text(1)));
        Assert.Equal(["validation/loss", "validation/accuracy", "test/loss", "test/accuracy"], experiment.Messages(5).Select(static m => m.Message(1).Text(2)));
        var settings = session.Map(1);
        Assert.Equal(names.Order(), settings.Keys.Order());
        Assert.Equal((16.0, "adam"), (settings["batch"].Double(2), settings["optimizer"].Text(3)));
        Assert.Equal(("mlp", "8x8", 16.0), (settings["network"].Text(3), settings["image_size"].Text(3), settings["set.hidden"].Double(2)));
        Assert.Equal(1, data["_hparams_/session_end_info"].Message(2).Message(4).Integer(1));
    }

    [Fact]
    public void A_resumed_run_begins_a_second_file_that_takes_back_the_steps_that_were_lost()
    {
        var run = ObservedTraining.NewRun();
        var recipe = new TrainingRecipe { Epochs = 1, BatchSize = 32 };
        using (var first = new TensorboardWriter(run, TimeProvider.System, 1))
        {
            ObservedTraining.Run(first, recipe);
        }

        using (var second = new TensorboardWriter(run, TimeProvider.System, 1))
        {
            ObservedTraining.Run(second, recipe, start: static s => s with { EarlierSteps = 2 });
        }

        var files = Directory.GetFiles(Path.Combine(run.Path, "tensorboard")).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(2, files.Length);
        var session = Assert.Single(EventReader.Events(files[1]), static e => e.Has(7));
        Assert.Equal((3, 1), (session.Integer(2), session.Message(7).Integer(1)));
        Assert.DoesNotContain(EventReader.Events(files[0]), static e => e.Has(7));
    }

    [Fact]
    public async Task A_run_that_fails_says_so()
    {
        var work = new Workplace();
        var answer = await work.TrainAsync("mlp", "--data", SmallData.Small8, "--batch", "16", "--optimizer", "sgd", "--schedule", "constant", "--lr", "1e35", "--tensorboard");
        Assert.Equal(Registry.Cli.ExitCode.CheckFailed, answer.ExitCode);
        var end = EventReader.Values(EventReader.Events(Assert.Single(Directory.GetFiles(Path.Combine(work.Run, "tensorboard")))))[^1];
        Assert.Equal(("_hparams_/session_end_info", 2), (end.Tag, end.Metadata.Message(1).Message(2).Message(4).Integer(1)));
    }

    private static void Require(WireMessage[] nodes)
    {
        var names = nodes.Select(static n => n.Text(1)).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(nodes.Length, names.Count);
        Assert.All(nodes, n => Assert.All(n.Texts(3), input => Assert.Contains(input.Split(':')[0], names)));
        Assert.All(nodes, static n => Assert.True(n.Map(5).ContainsKey("_output_shapes")));
        Assert.Single(nodes, static n => n.Text(2) == "Output");
    }

    private static string FileOf(TinyRun run) => Assert.Single(Directory.GetFiles(Path.Combine(run.Folder, "tensorboard")));

    private static async Task<(TinyRun Run, IReadOnlyList<WireMessage> Events)> BoardedAsync()
    {
        var run = await TinyRuns.TrainAsync([.. TinyRuns.Mlp, "--epochs", "2", "--batch", "16", "--log-every", "3", "--tensorboard"]);
        return (run, EventReader.Events(FileOf(run)));
    }
}
