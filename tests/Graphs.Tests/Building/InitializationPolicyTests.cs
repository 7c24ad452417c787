using static Toolchain.Graphs.Layers;

namespace Toolchain.Graphs.Tests.Building;

public sealed class InitializationPolicyTests
{
    [Fact]
    public void Each_kind_of_parameter_follows_its_rule()
    {
        var weights = Build(InitializationPolicy.Parse(["conv=constant:1", "linear=constant:2", "bias=constant:3", "bn=constant:4", "bn=zero-gamma"]));
        Assert.Equal(
            [
                "conv.weight 1", "conv.bias 3", "up.weight 1", "up.bias 3", "norm.weight 4", "norm.bias 0", "norm.running_mean 0", "norm.running_var 1",
                "end.weight 0", "end.bias 0", "end.running_mean 0", "end.running_var 1", "fc.weight 2", "fc.bias 3",
            ],
            weights.Select(static p => FormattableString.Invariant($"{p.Key} {Assert.Single(p.Value.Values<float>().ToArray().Distinct())}")));
    }

    [Fact]
    public void What_is_not_set_is_as_PyTorch_has_it()
    {
        var (standard, changed) = (Build(InitializationPolicy.Default), Build(InitializationPolicy.Parse(["linear=orthogonal"])));
        Assert.Equal(["fc.weight"], standard.Where(p => !p.Value.ContentEquals(changed[p.Key])).Select(static p => p.Key));
        Assert.All(standard["end.weight"].Values<float>().ToArray(), static v => Assert.Equal(1, v));
    }

    [Fact]
    public void One_policy_over_another_keeps_what_only_the_other_sets()
    {
        var own = InitializationPolicy.Parse(["conv=kaiming-normal-fan-out", "bn=zero-gamma"]);
        var first = InitializationPolicy.Parse(["conv=xavier-uniform:0.5", "linear=truncated-normal"]);
        Assert.Equal("conv=xavier-uniform:0.5 linear=truncated-normal bn=zero-gamma", first.Over(own).ToString());
        Assert.Equal(own, InitializationPolicy.Default.Over(own));
    }

    [Fact]
    public void A_policy_is_read_as_it_is_written()
    {
        string[] texts = ["conv=orthogonal:1.4142", "linear=kaiming-uniform", "bias=constant", "bn=constant:0.5", "bn=zero-gamma"];
        var policy = InitializationPolicy.Parse(texts);
        Assert.Equal(texts, policy.Settings.Select(static s => s.Text));
        Assert.Equal(policy, InitializationPolicy.Parse(policy.ToString().Split(' ')));
        Assert.Equal(InitializationPolicy.Default, InitializationPolicy.Parse([]));
        Assert.All(InitializationRule.Words, static word => Assert.Equal(word, InitializationRule.Parse(word).ToString()));
    }

    [Fact]
    public void All_problems_are_told_at_once_and_the_words_are_listed()
    {
        var refusal = Assert.Throws<ToolchainException>(static () => InitializationPolicy.Parse(["conv=kaiming", "linear", "bn=xavier-normal", "linear=orthogonal:x", "bias=constant:1", "bias=constant:2"]));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        Assert.Equal(
            "Initialisation 'kaiming' is not known. Did you mean 'kaiming-normal'? Initialisation 'linear' is not understood. " +
            "Initialisation 'bn=xavier-normal': a parameter with one value per channel takes a constant only. " +
            "Initialisation 'orthogonal:x': expected a number behind the colon, found 'x'. " +
            "Initialisation 'bias=constant:2': its kind of parameter is set twice. " +
            "Expected conv=RULE, linear=RULE, bias=constant:V, bn=constant:V or bn=zero-gamma, where RULE is one of kaiming-normal, kaiming-uniform, " +
            "kaiming-normal-fan-out, kaiming-uniform-fan-out, xavier-normal, xavier-uniform, orthogonal, truncated-normal, constant, each also with a number: kaiming-normal:1.",
            refusal.Message);
    }

    private static OrderedWeights Build(InitializationPolicy policy)
    {
        var net = new GraphBuilder("test", 0, policy);
        var x = net.Input("x", ElementType.Float32, ["N", 3, 4, 4]);
        x = net.Apply("conv", Conv2d(4, 3, padding: 1), x);
        x = net.Apply("up", ConvTranspose2d(4, 2, stride: 2), x);
        x = net.Apply("norm", BatchNorm2d(), x);
        x = net.Apply("end", BatchNorm2d(endsBranch: true), x);
        x = net.Apply("flatten", Flatten(), x);
        net.Output("y", net.Apply("fc", Linear(5), x));
        return net.Build().Initializers;
    }
}
