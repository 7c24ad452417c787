using Toolchain.Graphs;
using Toolchain.Registry.Tests.Support;

namespace Toolchain.Registry.Tests;

public sealed class ProbeTests : IDisposable
{
    private static readonly Preprocessing Images = new(1, 2, 2, [0], [1]);
    private static readonly Preprocessing Table = new(3, 1, 1, [0, 0, 0], [1, 1, 1]) { Samples = SampleKind.Numbers };
    private readonly TemporaryRegistry temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_probe_of_images_has_logits_for_each_image_or_for_each_pixel()
    {
        var pixels = TensorData.Of<byte>(new byte[12], 3, 2, 2, 1);
        var classes = Opened(Images, pixels, new float[15], 3, 5);
        Assert.Equal((3, 5, 5), (classes.Images, classes.Outputs, classes.OutputLength));
        var masks = Opened(Images, pixels, new float[60], 3, 5, 2, 2);
        Assert.Equal((3, 5, 20), (masks.Images, masks.Outputs, masks.OutputLength));
    }

    [Fact]
    public void A_probe_of_a_table_has_numbers_and_starts_again_after_the_last_row()
    {
        var probe = Opened(Table, TensorData.Of<float>([1, 2, 3, 4, 5, 6], 2, 1, 1, 3), [7, 8], 2, 1);
        Assert.Equal((2, 1), (probe.Images, probe.Outputs));
        var taken = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(probe.Take(1, 2).Span).ToArray();
        Assert.Equal([4, 5, 6, 1, 2, 3], taken);
    }

    [Fact]
    public void A_probe_of_other_samples_is_refused_with_what_is_expected()
    {
        Refused(Table, TensorData.Of<byte>(new byte[6], 2, 1, 1, 3), [2, 1], "'pixels' must be float32 [n, 1, 1, 3] with n ≥ 1, found uint8 [2, 1, 1, 3]");
        Refused(Images, TensorData.Of<float>(new float[4], 1, 2, 2, 1), [1, 2], "'pixels' must be uint8 [n, 2, 2, 1] with n ≥ 1, found float32");
        Refused(Images, TensorData.Of<byte>(new byte[4], 1, 2, 2, 1), [1, 2, 3], "'logits' must be float32 [1, K] or [1, K, H, W], found float32 [1, 2, 3]");
        Refused(Images, TensorData.Of<byte>(new byte[4], 1, 2, 2, 1), [2, 2], "'logits' must be float32 [1, K]");
    }

    [Theory]
    [InlineData("classification", -500, 0.05)]
    [InlineData("classification", 9, 0.001)]
    [InlineData("segmentation", 20, 0.002)]
    [InlineData("regression", -500, 0.5)]
    [InlineData("regression", 0.5, 0.001)]
    public void Large_logits_and_the_values_of_a_regression_may_differ_in_proportion_to_the_largest(string task, float largest, double allowed)
    {
        var probe = new Probe(TensorData.Of<byte>([1, 2], 2, 1, 1, 1), TensorData.Of<float>([largest, 0.25f], 2, 1));
        Assert.Equal(allowed, ProbeTolerance.For(0.001, Samples.Manifest() with { Task = task }, probe), 1e-12);
    }

    private void Refused(Preprocessing preprocessing, TensorData pixels, long[] logits, string reason)
    {
        var count = logits.Aggregate(1L, static (product, d) => product * d);
        var refusal = Assert.Throws<ToolchainException>(() => Opened(preprocessing, pixels, new float[count], logits));
        Assert.Equal(ErrorKind.BadInput, refusal.Kind);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private Probe Opened(Preprocessing preprocessing, TensorData pixels, float[] logits, params long[] shape)
    {
        using var draft = temporary.Registry.NewVersion("probed");
        draft.Add(ArtifactKinds.Probe, ArtifactFiles.Probe, path =>
        {
            new Probe(pixels, TensorData.Of<float>(logits, shape)).Write(path);
            return new ArtifactDescription();
        });
        return Probe.Open(draft.Publish(Samples.Manifest() with { Preprocessing = preprocessing }));
    }
}
