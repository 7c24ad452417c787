using Toolchain.Train.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Tests.Optimization;

public sealed class ParameterGroupTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly OrderedDictionary<string, Tensor> _parameters;

    public ParameterGroupTests() => _parameters = new()
    {
        ["features.0.weight"] = zeros(4, 3, 2, 2),
        ["features.1.weight"] = zeros(4),
        ["features.1.bias"] = zeros(4),
        ["classifier.weight"] = zeros(2, 4),
        ["classifier.bias"] = zeros(2),
    };

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_first_rule_that_matches_counts_and_the_rest_keeps_the_base_rate()
    {
        var groups = Of([Rule("classifier.bias", 0.3, null), Rule("classifier", 0.001, 0.5)], decayNormAndBias: true);
        Assert.Equal(
            [
                ("classifier.bias", "classifier.bias", 30, 0.1),
                ("classifier", "classifier.weight", 0.1, 0.5),
                ("all others", "features.0.weight features.1.weight features.1.bias", 1, 0.1),
            ],
            groups.Select(static g => (g.Name, string.Join(' ', g.Parameters.Keys), Math.Round(g.LearningRateFactor, 12), g.WeightDecay)));
    }

    [Fact]
    public void Biases_and_normalisations_are_spared_the_decay_on_request()
    {
        Assert.Equal(
            [
                ("classifier", "classifier.weight", 0.5),
                ("classifier, without decay", "classifier.bias", 0),
                ("all others", "features.0.weight", 0.1),
                ("all others, without decay", "features.1.weight features.1.bias", 0),
            ],
            Of([Rule("classifier", null, 0.5)], decayNormAndBias: false).Select(static g => (g.Name, string.Join(' ', g.Parameters.Keys), g.WeightDecay)));
        Assert.Equal(["all", "all, without decay"], Of([], decayNormAndBias: false).Select(static g => g.Name));
        Assert.Equal("all", Assert.Single(Of([], decayNormAndBias: true)).Name);
    }

    [Theory]
    [InlineData("clasifier", "matches no parameter. Did you mean 'classifier'?")]
    [InlineData("feature.0.*", "matches no parameter. Did you mean 'features.0'?")]
    [InlineData("layer1.*", "matches no parameter. There are features.0.weight")]
    public void A_rule_that_matches_nothing_is_refused_with_what_is_near(string pattern, string message) =>
        Assert.Contains(message, Refusal(Rule(pattern, 0.1, null)), StringComparison.Ordinal);

    [Fact]
    public void All_rules_without_effect_are_named_together()
    {
        var message = Refusal(Rule("classifier", 0.1, null), Rule("*.bias", null, null), Rule("classifier.weight", 0.2, null));
        Assert.Contains("'*.bias' gives neither a learning rate nor a weight decay", message, StringComparison.Ordinal);
        Assert.Contains("'classifier.weight' comes after 'classifier', which has 'classifier.weight'", message, StringComparison.Ordinal);
    }

    private static GroupRule Rule(string pattern, double? rate, double? decay) => new(NamePattern.Parse(pattern), rate, decay);

    private IReadOnlyList<ParameterGroup> Of(IReadOnlyList<GroupRule> rules, bool decayNormAndBias) => ParameterGroups.Of(_parameters, rules, 0.01, 0.1, decayNormAndBias);

    private string Refusal(params GroupRule[] rules)
    {
        var refusal = Assert.Throws<ToolchainException>(() => Of(rules, decayNormAndBias: true));
        Assert.Equal(ErrorKind.Usage, refusal.Kind);
        return refusal.Message;
    }
}
