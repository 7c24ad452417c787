namespace Toolchain.Data.Tests;

public sealed class BatchMixTests
{
    private static readonly Dataset Data = new("blank", new byte[640 * 12 * 10], new int[640], 12, 10, 1, ["a"]);

    [Fact]
    public void Nothing_is_mixed_unless_asked_for() => Assert.All(Draw(new()), mix => Assert.Null(mix));

    [Fact]
    public void Mixup_pairs_every_sample_with_one_other_and_draws_lambda_from_the_beta_distribution()
    {
        var mixes = Draw(new() { MixupAlpha = 0.4 }, epochs: 100);
        Assert.All(mixes, mix => Assert.Equal(Enumerable.Range(0, 64), mix!.Partners.Order()));
        Assert.All(mixes, mix => Assert.Null(mix!.Box));
        var lambdas = mixes.Select(mix => (double)mix!.Lambda).ToArray();
        Assert.InRange(lambdas.Average(), 0.46, 0.54);

        // Of Beta(0.4, 0.4): 0.16 / (0.64 · 1.8).
        Assert.InRange(lambdas.Select(lambda => Math.Pow(lambda - 0.5, 2)).Average(), 0.125, 0.153);
    }

    [Fact]
    public void CutMix_takes_lambda_from_the_area_of_its_box()
    {
        var mixes = Draw(new() { CutMixAlpha = 1 }, epochs: 100);
        foreach (var mix in mixes)
        {
            var box = Assert.NotNull(mix!.Box);
            Assert.True(box is { Top: >= 0, Bottom: <= 12, Left: >= 0, Right: <= 10 } && box.Top <= box.Bottom && box.Left <= box.Right);
            Assert.Equal(1 - (box.Area / 120f), mix.Lambda, 1e-6f);
        }

        // With Beta(1, 1) a box that were not cut off would have half of the area on average; a quarter of every side is outside.
        Assert.InRange(mixes.Select(mix => mix!.Lambda).Average(), 0.6, 0.8);
        Assert.Contains(mixes, mix => mix!.Box is { Area: > 60 });
    }

    [Fact]
    public void With_both_each_batch_gets_one_of_them_about_half_of_the_time() =>
        Assert.InRange(Draw(new() { MixupAlpha = 1, CutMixAlpha = 1 }, epochs: 100).Count(mix => mix!.Box is null), 430, 570);

    [Fact]
    public void The_mix_depends_on_seed_epoch_and_batch_but_not_on_workers()
    {
        BatchLoaderOptions options = new() { MixupAlpha = 1, CutMixAlpha = 1 };
        Assert.Equal(Text(options), Text(options with { Workers = 4 }));
        Assert.NotEqual(Text(options), Text(options with { Seed = 1 }));
        Assert.Equal(20, Draw(options, epochs: 2).Select(mix => string.Join(' ', mix!.Partners)).Distinct().Count());

        static string[] Text(BatchLoaderOptions options) => [.. Draw(options).Select(mix => $"{string.Join(' ', mix!.Partners)} {mix.Lambda} {mix.Box}")];
    }

    [Fact]
    public void A_table_can_be_mixed_up_but_not_cut()
    {
        var table = new Dataset("table", new TableInputs([1, 2], ["x"]), new ValueTargets([1, 2], ["y"]));
        Assert.NotNull(new BatchLoader(table, [0, 1], new() { MixupAlpha = 1 }).Epoch(0).Single().Mix);
        var error = Assert.Throws<ToolchainException>(() => new BatchLoader(table, [0, 1], new() { CutMixAlpha = 1, MixupAlpha = -1 }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("alpha of mixup is -1", error.Message, StringComparison.Ordinal);
        Assert.Contains("this is a table; use mixup", error.Message, StringComparison.Ordinal);
    }

    private static List<BatchMix?> Draw(BatchLoaderOptions options, int epochs = 1)
    {
        var loader = new BatchLoader(Data, Enumerable.Range(0, 640).ToArray(), options with { BatchSize = 64 });
        var mixes = new List<BatchMix?>();
        foreach (var batch in Enumerable.Range(0, epochs).SelectMany(epoch => loader.Epoch(epoch)))
        {
            using (batch)
                mixes.Add(batch.Mix);
        }

        return mixes;
    }
}
