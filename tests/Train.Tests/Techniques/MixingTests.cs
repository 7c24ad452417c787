using Toolchain.Data;
using Toolchain.Registry.Cli;
using Toolchain.Train.Execution;
using Toolchain.Train.Loop;
using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Mixup and CutMix as the trainer does them, against the same mixing written out pixel by pixel (notes: Mixup).</summary>
public sealed class MixingTests
{
    private const int Side = 6;
    private const int Count = 5;

    private static readonly Dataset Images = new(
        "mixed", [.. Enumerable.Range(0, Count * Side * Side).Select(static i => (byte)(i * 37 % 256))], [0, 1, 2, 1, 0], Side, Side, 1, ["a", "b", "c"]);

    private static readonly Preprocessing Halves = new(1, Side, Side, [0.5f], [0.25f]);

    [Theory]
    [InlineData(MemoryLayout.Contiguous)]
    [InlineData(MemoryLayout.ChannelsLast)]
    public void Mixup_blends_images_and_targets(MemoryLayout layout) => ForEachBatch(new() { BatchSize = Count, MixupAlpha = 1 }, layout, static (batch, mix, inputs, targets) =>
    {
        Assert.Null(mix.Box);
        Tolerance.Holds(Tolerance.Operator, Expected(batch, (i, y, x) => (mix.Lambda * Value(batch, i, y, x)) + ((1 - mix.Lambda) * Value(batch, mix.Partners[i], y, x))), inputs, "images");
        Tolerance.Holds(Tolerance.Operator, Shares(batch, mix), targets, "targets");
    });

    [Theory]
    [InlineData(MemoryLayout.Contiguous)]
    [InlineData(MemoryLayout.ChannelsLast)]
    public void CutMix_puts_the_partners_box_into_each_image(MemoryLayout layout)
    {
        var areas = new List<int>();
        ForEachBatch(new() { BatchSize = Count, CutMixAlpha = 1 }, layout, (batch, mix, inputs, targets) =>
        {
            var box = mix.Box!.Value;
            areas.Add(box.Area);
            Assert.Equal(1 - (box.Area / (double)(Side * Side)), mix.Lambda, 1e-6);
            bool IsInside(int y, int x) => y >= box.Top && y < box.Bottom && x >= box.Left && x < box.Right;
            Tolerance.Holds(Tolerance.Operator, Expected(batch, (i, y, x) => Value(batch, IsInside(y, x) ? mix.Partners[i] : i, y, x)), inputs, "images");
            Tolerance.Holds(Tolerance.Operator, Shares(batch, mix), targets, "targets");
        });
        Assert.Contains(areas, static a => a is > 0 and < Side * Side);
    }

    [Fact]
    public void With_a_small_alpha_hardly_anything_is_mixed() => ForEachBatch(new() { BatchSize = Count, MixupAlpha = 1e-3 }, MemoryLayout.Contiguous, static (_, mix, _, targets) =>
    {
        Assert.True(mix.Lambda is < 1e-3f or > 1 - 1e-3f);
        Assert.All(targets, static share => Assert.True(share is < 1e-3f or > 1 - 1e-3f));
    });

    [Fact]
    public void Accuracy_counts_the_unmixed_classes()
    {
        using var scope = NewDisposeScope();
        using var feeder = new BatchFeeder(Halves, CPU, ComputeMode.Default);
        foreach (var batch in new BatchLoader(Images, [0, 1, 2, 3, 4], new() { BatchSize = Count, MixupAlpha = 1 }).Epoch(1))
        {
            using (batch)
            {
                Assert.Equal([0L, 1, 2, 1, 0], feeder.Load(batch).Truth.data<long>().ToArray());
            }
        }
    }

    [Theory]
    [InlineData("--mixup")]
    [InlineData("--cutmix")]
    public async Task A_run_mixes_and_learns(string option)
    {
        string[] args = [.. Mlp, "--lr", "0.01", "--epochs", "8", "--batch", "16", "--validation", "0"];
        var mixed = await TrainAsync([.. args, option, "0.4"]);
        WeightChecks.Changed((await TrainAsync(args)).Weights, mixed.Weights);
        Assert.True((double)mixed.Epochs[^1]["train_loss"]! < 0.9 * (double)mixed.Epochs[0]["train_loss"]!);
        Assert.Equal(0.4, mixed.Version.Manifest.Training!.Recipe[option.TrimStart('-')].GetDouble());
    }

    [Theory]
    [InlineData("--mixup")]
    [InlineData("--cutmix")]
    public async Task Values_are_not_mixed(string option)
    {
        var work = new Workplace();
        var file = work.PathOf("line.csv");
        await File.WriteAllLinesAsync(file, ["x,y", .. Enumerable.Range(0, 40).Select(static i => $"{i},{2 * i}")]);
        var run = await work.TrainAsync("linear", "--data", $"csv:{file}", "--batch", "8", option, "0.2");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"--mixup and --cutmix mix classes, and csv:ROOT/line.csv is for regression", run.Error, StringComparison.Ordinal);
    }

    private static void ForEachBatch(BatchLoaderOptions options, MemoryLayout layout, Action<Batch, BatchMix, float[], float[]> check)
    {
        var mode = new ComputeMode(Precision.Float32, layout);
        var loader = new BatchLoader(Images, [0, 1, 2, 3, 4], options);
        using var feeder = new BatchFeeder(Halves, CPU, mode);
        for (var epoch = 1; epoch <= 8; epoch++)
        {
            foreach (var batch in loader.Epoch(epoch))
            {
                using (batch)
                {
                    using var scope = NewDisposeScope();
                    var (inputs, targets, _) = feeder.Load(batch);
                    var shares = targets.ToTensorData().Values<float>().ToArray();
                    Assert.All(shares.Chunk(3), static row => Assert.Equal(1, row.Sum(), 1e-6));
                    check(batch, batch.Mix!, inputs.contiguous().ToTensorData().Values<float>().ToArray(), shares);
                }
            }
        }
    }

    private static float Value(Batch batch, int image, int y, int x) => ((batch.Pixels[(image * Side * Side) + (y * Side) + x] / 255f) - 0.5f) / 0.25f;

    private static float[] Expected(Batch batch, Func<int, int, int, float> value) =>
        [.. Enumerable.Range(0, batch.Count * Side * Side).Select(i => value(i / (Side * Side), i / Side % Side, i % Side))];

    private static float[] Shares(Batch batch, BatchMix mix)
    {
        var shares = new float[batch.Count * 3];
        for (var i = 0; i < batch.Count; i++)
        {
            shares[(i * 3) + batch.Labels[i]] += mix.Lambda;
            shares[(i * 3) + batch.Labels[mix.Partners[i]]] += 1 - mix.Lambda;
        }

        return shares;
    }
}
