using Toolchain.Train.Execution;
using Toolchain.Train.Optimization;
using Toolchain.Train.Tests.Support;

namespace Toolchain.Train.Tests.Resuming;

/// <summary>A training that is stopped and goes on ends as one that was never stopped, bit for bit, whatever the recipe.</summary>
public sealed class ResumedTrainingTests
{
    // Seven steps an epoch: within the first epoch, with its last step, within the second, and before the very last.
    private static readonly int[] Stops = [3, 7, 12, 20];

    public static TheoryData<string> Optimizers => [.. Enum.GetValues<OptimizerKind>().Select(static k => k.Text())];

    public static TheoryData<string> Schedules => [.. Enum.GetValues<ScheduleKind>().Select(static k => k.Text())];

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void With_every_optimizer(string optimizer) => Same([$"optimizer={optimizer}", "weight_decay=0.01", "clip_norm=1"]);

    [Theory]
    [MemberData(nameof(Schedules))]
    public void With_every_schedule(string schedule) => Same(
    [
        "optimizer=sgd", "lr=0.05", $"schedule={schedule}", .. schedule switch
        {
            "multi-step" => (string[])["milestones=1,2"],
            "plateau" => ["patience=0", "gamma=0.5"],
            "cosine-restarts" => ["cycle=2"],
            "step" or "exponential" => ["gamma=0.5"],
            _ => [],
        },
    ]);

    [Theory]
    [InlineData("ema=0.9")]
    [InlineData("swa=2")]
    [InlineData("early_stop=1")]
    [InlineData("accumulate=2")]
    [InlineData("accumulate=3")]
    [InlineData("steps=17")]
    [InlineData("warm_up=1.5 schedule=cosine")]
    [InlineData("mixup=0.3")]
    [InlineData("cutmix=1 mixup=0.2")]
    [InlineData("crop=1 flip=alternating rotate=10 erase=0.5 noise=0.1")]
    [InlineData("freeze=conv1* unfreeze_at=2 optimizer=sgd")]
    [InlineData("freeze=conv1* unfreeze_at=3 freeze_by=optimizer optimizer=adamw")]
    [InlineData("optimizer=sgd momentum=0.9 nesterov=true schedule=constant lr_for=fc*=0.01")]
    [InlineData("l1=0.0001 l2=0.001")]
    [InlineData("class_weights=balanced label_smoothing=0.1")]
    [InlineData("checkpoint_segments=2")]
    [InlineData("validation=0")]
    [InlineData("init=conv=kaiming-normal clip_value=0.1")]
    public void With_every_technique(string settings) => Same(settings.Split(' '));

    [Theory]
    [InlineData(Precision.Float16, MemoryLayout.Contiguous, "muon")]
    [InlineData(Precision.BFloat16, MemoryLayout.Contiguous, "adam")]
    [InlineData(Precision.Float32, MemoryLayout.ChannelsLast, "sgd")]
    [InlineData(Precision.BFloat16, MemoryLayout.ChannelsLast, "muon")]
    public void In_every_way_of_computing(Precision precision, MemoryLayout layout, string optimizer) => Same([$"optimizer={optimizer}", "ema=0.9"], mode: new(precision, layout));

    [Theory]
    [InlineData("optimizer=adam")]
    [InlineData("ema=0.9")]
    [InlineData("swa=1")]
    public void Stopped_in_the_validation_of_an_epoch(string settings) => Same([settings], stops: [-1, 9, -2, -3]);

    [Fact]
    public void With_dropout() => Same(["optimizer=adam"], "cnnnet", new Dictionary<string, string> { ["size"] = "small" }, SmallData.Tiny, stops: [2, 17, 18]);

    [Fact]
    public void With_images_that_grow() => Same(
        ["sizes=8:1,16:2", "optimizer=sgd"], "resnet20", new Dictionary<string, string> { ["blocks"] = "1", ["width"] = "4" }, SmallData.Small16);

    private static void Same(
        string[] settings, string network = "resblocks", Dictionary<string, string>? arguments = null, string? data = null, ComputeMode? mode = null, int[]? stops = null)
    {
        var training = new StoppedTraining(
            network, arguments ?? new() { ["blocks"] = "1", ["width"] = "4" }, data ?? SmallData.Small8, mode ?? ComputeMode.Default, settings);
        var (straight, stopped) = (training.Run(), training.Run([.. (stops ?? Stops).Where(s => s < Steps(settings))]));
        Assert.All(straight, part => Assert.True(part.Value.AsSpan().SequenceEqual(stopped[part.Key]), $"{part.Key} differs: {Excerpt(part.Key, part.Value)} and {Excerpt(part.Key, stopped[part.Key])}"));
    }

    private static int Steps(string[] settings) => settings.FirstOrDefault(static s => s.StartsWith("accumulate=", StringComparison.Ordinal)) is { } accumulate
        ? 3 * (7 / int.Parse(accumulate["accumulate=".Length..], System.Globalization.CultureInfo.InvariantCulture))
        : settings.Contains("steps=17") ? 17
        : settings.Contains("early_stop=1") ? 8
        : int.MaxValue;

    private static string Excerpt(string part, byte[] bytes) => part == "state" ? System.Text.Encoding.UTF8.GetString(bytes) : $"{bytes.Length} bytes";
}
