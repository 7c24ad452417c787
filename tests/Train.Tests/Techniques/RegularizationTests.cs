using Toolchain.Train.Tests.Support;
using static Toolchain.Train.Tests.Support.TinyRuns;

namespace Toolchain.Train.Tests.Techniques;

/// <summary>Penalties on the weights and weight decay (notes: L2 Regularization).</summary>
public sealed class RegularizationTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("0.9")]
    public async Task For_sgd_an_L2_penalty_is_a_weight_decay_of_twice_its_factor(string momentum)
    {
        string[] args = [.. ResBlocks, "--optimizer", "sgd", "--momentum", momentum, "--schedule", "constant", "--lr", "0.02", "--batch", "16", "--epochs", "1"];
        var penalty = await TrainAsync([.. args, "--l2", "0.02"]);
        var decay = await TrainAsync([.. args, "--weight-decay", "0.04"]);
        WeightChecks.Near(Tolerance.Operator, decay.Weights, penalty.Weights);
        WeightChecks.Changed((await TrainAsync(args)).Weights, penalty.Weights);

        // What is reported is the loss without the penalty, so that runs can be compared.
        Assert.Equal((double)decay.Epochs[0]["train_loss"]!, (double)penalty.Epochs[0]["train_loss"]!, 1e-5);
    }

    [Fact]
    public async Task An_elastic_net_pulls_by_the_sign_and_by_the_value()
    {
        var start = (await TrainAsync([.. Mlp, .. Standstill])).Weights;
        string[] args = [.. Mlp, .. PlainSgd, "--steps", "1", "--lr", "0.1"];
        var plain = (await TrainAsync(args)).Weights;
        var pulled = (await TrainAsync([.. args, "--l1", "0.01", "--l2", "0.02"])).Weights;
        var expected = plain.ToDictionary(static p => p.Key, p => p.Value.Zip(start[p.Key], static (w, w0) => w - (0.1f * ((0.01f * Math.Sign(w0)) + (0.04f * w0)))).ToArray());
        WeightChecks.Near(Tolerance.Float32, expected, pulled);
    }

    [Fact]
    public async Task An_L1_penalty_takes_weights_to_zero()
    {
        string[] args = [.. Mlp, .. PlainSgd, "--lr", "0.05", "--epochs", "6"];
        static double Mean(TinyRun run) => run.Weights["fc1.weight"].Average(static v => Math.Abs((double)v));
        Assert.True(Mean(await TrainAsync([.. args, "--l1", "0.02"])) < 0.5 * Mean(await TrainAsync(args)));
    }
}
