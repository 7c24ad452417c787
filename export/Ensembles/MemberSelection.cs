using Toolchain.Registry;

namespace Toolchain.Export.Ensembles;

/// <summary>Finds the members of an ensemble.</summary>
internal static class MemberSelection
{
    /// <summary>
    /// The versions that references mean, with their shares of the mean. An ensemble among them gives its members instead, each with the product of the shares; a
    /// version that comes in more than one way counts once, with the sum of its shares, since both the mean and the disagreement are the same then.
    /// </summary>
    /// <param name="registry">The registry.</param>
    /// <param name="references">What was asked for.</param>
    /// <param name="weights">One for each reference, in any scale; null for equal ones.</param>
    /// <exception cref="ToolchainException">
    /// The weights do not fit or fewer than two different models are left (<see cref="ErrorKind.Usage"/>), a reference or a member of an ensemble means nothing
    /// (<see cref="ErrorKind.NotFound"/>), or a file is damaged (<see cref="ErrorKind.BadInput"/>).
    /// </exception>
    public static IReadOnlyList<EnsembleMember> Open(ModelRegistry registry, IReadOnlyList<ModelReference> references, IReadOnlyList<double>? weights)
    {
        RequireSeveral(references.Count, references[0].ToString());
        var found = new OrderedDictionary<(string Name, int Version), (ModelVersion Version, double Weight)>();
        foreach (var (reference, weight) in references.Zip(Weights(references, weights)))
        {
            Collect(registry, registry.Resolve(reference), weight, found);
        }

        RequireSeveral(found.Count, found.Values.First().Version.ToString());
        return Opened([.. found.Values]);
    }

    /// <summary>Opens models without looking at what they are made of, as averaging their weights needs them.</summary>
    /// <inheritdoc cref="Open"/>
    public static IReadOnlyList<EnsembleMember> OpenWhole(ModelRegistry registry, IReadOnlyList<ModelReference> references, IReadOnlyList<double>? weights)
    {
        RequireSeveral(references.Count, references[0].ToString());
        return Opened([.. references.Select(registry.Resolve).Zip(Weights(references, weights))]);
    }

    private static EnsembleMember[] Opened((ModelVersion Version, double Weight)[] models)
    {
        var total = models.Sum(static m => m.Weight);
        return [.. models.Select(m => EnsembleMember.Open(m.Version, m.Weight / total))];
    }

    private static void Collect(ModelRegistry registry, ModelVersion version, double weight, OrderedDictionary<(string Name, int Version), (ModelVersion Version, double Weight)> found)
    {
        var inner = version.Manifest.Members.ToArray();
        foreach (var parent in inner)
        {
            Collect(registry, MemberOf(registry, version, parent), weight * (parent.Weight ?? (1.0 / inner.Length)), found);
        }

        if (inner.Length == 0)
        {
            var key = (version.Name, version.Version);
            found[key] = (version, weight + (found.TryGetValue(key, out var known) ? known.Weight : 0));
        }
    }

    private static ModelVersion MemberOf(ModelRegistry registry, ModelVersion ensemble, ParentSpec parent)
    {
        try
        {
            return registry.Resolve(parent.Reference);
        }
        catch (ToolchainException missing) when (missing.Kind == ErrorKind.NotFound)
        {
            throw new ToolchainException(
                ErrorKind.NotFound, $"Ensemble {ensemble} cannot be merged with others: its member {parent.Reference} is not in the registry any more. Merge models that are. ({missing.Message})", missing);
        }
    }

    private static IReadOnlyList<double> Weights(IReadOnlyList<ModelReference> references, IReadOnlyList<double>? weights)
    {
        if (weights is null)
        {
            return [.. references.Select(static _ => 1.0)];
        }

        var total = weights.Sum();
        return weights.Count != references.Count ? throw new ToolchainException(ErrorKind.Usage, $"--weights has {weights.Count} weights for {references.Count} models. Give one for each, in their order.")
            : !weights.All(static w => double.IsFinite(w) && w >= 0) ? throw new ToolchainException(ErrorKind.Usage, $"--weights {Text(weights)}: every weight must be a finite number, 0 or more.")
            : !(total > 0 && double.IsFinite(total)) ? throw new ToolchainException(ErrorKind.Usage, $"--weights {Text(weights)}: the sum must be finite and above 0, so that the weights are shares of it.")
            : weights;
    }

    private static void RequireSeveral(int count, string only)
    {
        if (count < 2)
        {
            throw new ToolchainException(ErrorKind.Usage, $"An ensemble needs at least two different models; {only} is the only one. Name another one.");
        }
    }

    private static string Text(IEnumerable<double> weights) => string.Join(',', weights.Select(static w => w.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
