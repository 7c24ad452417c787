using Toolchain.Train.Recipes;

namespace Toolchain.Train.Loop;

/// <summary>Which parameters are frozen in which epoch (notes: Freezing model, Fine tuning).</summary>
internal sealed class Freezing
{
    private readonly IReadOnlyDictionary<string, int> _firstEpochs;

    /// <summary>Works out when each parameter is trained.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="parameters">The names of all parameters.</param>
    /// <exception cref="ToolchainException">A pattern chooses nothing, or nothing is left to train (<see cref="ErrorKind.Usage"/>).</exception>
    public Freezing(TrainingRecipe recipe, IReadOnlyCollection<string> parameters)
    {
        var frozen = recipe.FreezeExcept.IsEmpty
            ? Chosen("--freeze", recipe.Freeze, parameters)
            : parameters.Except(Chosen("--freeze-except", recipe.FreezeExcept, parameters)).ToHashSet(StringComparer.Ordinal);
        var thawed = recipe.UnfreezeAt.Select(rule => (Names: Chosen("--unfreeze-at", [rule.Pattern.Text], frozen), Epoch: (int)rule.Value)).ToArray();
        _firstEpochs = frozen.ToDictionary(
            static name => name,
            name => thawed.Where(t => t.Names.Contains(name)).Select(static t => t.Epoch).DefaultIfEmpty(int.MaxValue).Min(),
            StringComparer.Ordinal);
        if (parameters.All(name => IsFrozen(name, 1)))
        {
            throw new ToolchainException(ErrorKind.Usage, "Every parameter is frozen in the first epoch, so there is nothing to train. Freeze fewer, or name some with --freeze-except.");
        }
    }

    /// <summary>How many parameters are frozen at first.</summary>
    public int Count => _firstEpochs.Keys.Count(name => IsFrozen(name, 1));

    /// <summary>Whether other parameters are frozen in this epoch than in the one before.</summary>
    /// <param name="epoch">From 1.</param>
    public bool ChangesAt(int epoch) => epoch == 1 || _firstEpochs.Values.Contains(epoch);

    /// <summary>The parameters that are frozen in an epoch.</summary>
    /// <param name="epoch">From 1.</param>
    public IReadOnlySet<string> FrozenAt(int epoch) => _firstEpochs.Keys.Where(name => IsFrozen(name, epoch)).ToHashSet(StringComparer.Ordinal);

    private bool IsFrozen(string name, int epoch) => _firstEpochs.TryGetValue(name, out var first) && epoch < first;

    private static HashSet<string> Chosen(string option, IReadOnlyCollection<string> patterns, IReadOnlyCollection<string> names)
    {
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pattern in patterns.Select(NamePattern.Parse))
        {
            string[] matches = [.. names.Where(pattern.Matches)];
            if (matches.Length == 0)
            {
                throw new ToolchainException(
                    ErrorKind.Usage, $"{option} '{pattern}' chooses none of the {names.Count} parameters it could.{Nearest.Hint(pattern.Text, names.Concat(names.Select(static n => n[..Math.Max(0, n.LastIndexOf('.'))])))} See the names with: train describe.");
            }

            chosen.UnionWith(matches);
        }

        return chosen;
    }
}
