using TorchSharp;

namespace Toolchain.Train.Optimization;

/// <summary>Divides parameters into groups.</summary>
public static class ParameterGroups
{
    private const string Rest = "all others";

    /// <summary>One group of all parameters.</summary>
    public static IReadOnlyList<ParameterGroup> Single(IReadOnlyDictionary<string, torch.Tensor> parameters, double weightDecay = 0) =>
        [new("all", parameters) { WeightDecay = weightDecay }];

    /// <summary>
    /// One group for each rule, of the parameters that it is the first to match, and one of all others. A rule's learning rate becomes a multiple
    /// of the base rate, so that a schedule moves all groups alike, as PyTorch's do.
    /// </summary>
    /// <param name="parameters">The parameters by name.</param>
    /// <param name="rules">Other settings for some of them; the first that matches counts.</param>
    /// <param name="baseRate">The rate that the schedule starts from, above 0.</param>
    /// <param name="weightDecay">λ of what no rule says otherwise.</param>
    /// <param name="decayNormAndBias">
    /// Whether λ also applies to biases and to the scales and shifts of normalisations, which are the parameters of one dimension; without, their
    /// λ is 0 in every group, and they form groups of their own.
    /// </param>
    /// <returns>The groups that have parameters, in the order of the rules.</returns>
    /// <exception cref="ToolchainException">A rule has no effect (<see cref="ErrorKind.Usage"/>); all of them are named.</exception>
    public static IReadOnlyList<ParameterGroup> Of(
        IReadOnlyDictionary<string, torch.Tensor> parameters, IReadOnlyList<GroupRule> rules, double baseRate, double weightDecay, bool decayNormAndBias)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(baseRate);
        var byRule = parameters.ToLookup(p => Index(rules, p.Key), p => p);
        RequireEffect(rules, parameters.Keys, byRule.Select(static g => g.Key).ToHashSet());
        var groups = rules.Select((rule, index) => (
            Name: rule.Pattern.Text,
            Members: byRule[index],
            Factor: rule.LearningRate is { } rate ? rate / baseRate : 1,
            Decay: rule.WeightDecay ?? weightDecay)).Append((Name: rules.Count == 0 ? "all" : Rest, Members: byRule[-1], Factor: 1, Decay: weightDecay));
        return [.. groups.SelectMany(g => decayNormAndBias || g.Decay == 0
            ? [Group(g.Name, g.Members, g.Factor, g.Decay)]
            : new[]
            {
                Group(g.Name, g.Members.Where(static p => p.Value.ndim > 1), g.Factor, g.Decay),
                Group($"{g.Name}, without decay", g.Members.Where(static p => p.Value.ndim <= 1), g.Factor, 0),
            }).Where(static g => g.Parameters.Count > 0)];
    }

    private static int Index(IReadOnlyList<GroupRule> rules, string name) => rules.TakeWhile(r => !r.Pattern.Matches(name)).Count() is var index && index < rules.Count ? index : -1;

    private static ParameterGroup Group(string name, IEnumerable<KeyValuePair<string, torch.Tensor>> members, double factor, double decay) =>
        new(name, new OrderedDictionary<string, torch.Tensor>(members, StringComparer.Ordinal)) { LearningRateFactor = factor, WeightDecay = decay };

    private static void RequireEffect(IReadOnlyList<GroupRule> rules, IEnumerable<string> names, HashSet<int> used)
    {
        var problems = rules.Select((rule, index) => rule switch
        {
            { LearningRate: null, WeightDecay: null } => $"'{rule.Pattern}' gives neither a learning rate nor a weight decay",
            _ when used.Contains(index) => null,
            _ when names.FirstOrDefault(rule.Pattern.Matches) is { } name => $"'{rule.Pattern}' comes after '{rules[Index(rules, name)].Pattern}', which has '{name}' and all else that it matches; put the narrower pattern first",
            _ => $"'{rule.Pattern}' matches no parameter.{Near(rule.Pattern.Text, names)}",
        }).OfType<string>().ToArray();
        if (problems.Length > 0)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Parameter groups: {string.Join("; ", problems)}");
        }
    }

    // Whole names, layers and what they begin with: all that a pattern without wildcards may name.
    private static string Near(string pattern, IEnumerable<string> names)
    {
        var all = names.ToArray();
        var prefixes = all.SelectMany(static n => Enumerable.Range(0, n.Length).Where(i => n[i] == '.').Select(i => n[..i])).Concat(all).Distinct().ToArray();
        return Nearest.To(pattern.TrimEnd('*', '.'), prefixes) is { } near
            ? $" Did you mean '{near}'?"
            : $" There are {string.Join(", ", all.Take(5))}{(all.Length > 5 ? $" and {all.Length - 5} more" : "")}.";
    }
}
