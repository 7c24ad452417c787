using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Toolchain.Graphs;

namespace Toolchain.Export.Ensembles.Soups;

/// <summary>
/// One model whose weights are the mean of several models' (Wortsman et al. 2022, arXiv 2203.05482). It is as good as an ensemble only where the models were fine-tuned
/// from one. Running statistics are averaged like weights, which is near what the averaged network would measure, and not the same.
/// </summary>
internal static class WeightSoup
{
    /// <summary>Checks that models have the same network: the same nodes, and weights of the same names and shapes.</summary>
    /// <exception cref="ToolchainException">They do not; the message names the first difference (<see cref="ErrorKind.BadInput"/>).</exception>
    public static void RequireSame(IReadOnlyList<EnsembleMember> members)
    {
        foreach (var member in members.Skip(1))
        {
            if (Difference(members[0], member) is { } difference)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"The weights of {members[0]} and {member} cannot be averaged: {difference}. Nothing was published; models for a soup are fine-tuned from one.");
            }
        }
    }

    /// <summary>The first model's graph with the weighted mean of all models' weights, which are computed whenever they are asked for.</summary>
    /// <param name="graphs">The models, of one network.</param>
    /// <param name="shares">Their shares, which add up to 1.</param>
    public static Graph Average(IReadOnlyList<Graph> graphs, IReadOnlyList<double> shares) => graphs[0] with
    {
        Initializers = graphs[0].Initializers.Select((name, data) => data.Type == ElementType.Float32
            ? Mean([.. graphs.Select(g => g.Initializers[name])], shares)
            : data),
    };

    /// <summary>How samples become the averaged model's input: means and deviations, which belong to the data that each model saw, are averaged too.</summary>
    public static Preprocessing Average(IReadOnlyList<Preprocessing> models, IReadOnlyList<double> shares)
    {
        var first = models[0];
        return models.All(m => m.Equals(first)) ? first : first with { Mean = Channels(static m => m.Mean), Std = Channels(static m => m.Std) };

        ImmutableArray<float> Channels(Func<Preprocessing, ImmutableArray<float>> values) =>
            [.. Enumerable.Range(0, first.Channels).Select(c => (float)models.Zip(shares, (m, share) => share * values(m)[c]).Sum())];
    }

    private static TensorData Mean(TensorData[] models, IReadOnlyList<double> shares) => TensorData.Computed(ElementType.Float32, models[0].Dimensions, (first, part) =>
    {
        var values = MemoryMarshal.Cast<byte, float>(part);
        var mean = new double[values.Length];
        foreach (var (model, share) in models.Zip(shares))
        {
            model.CopyTo(part, first);
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += share * values[i];
            }
        }

        for (var i = 0; i < mean.Length; i++)
        {
            values[i] = (float)mean[i];
        }
    });

    private static string? Difference(EnsembleMember first, EnsembleMember other)
    {
        var (wanted, found) = (first.Model.Graph, other.Model.Graph);
        if ((first.Preprocessing.Channels, first.Preprocessing.Height, first.Preprocessing.Width) != (other.Preprocessing.Channels, other.Preprocessing.Height, other.Preprocessing.Width))
        {
            return $"they take samples of different sizes, {Registry.Cli.Display.Input(first.Preprocessing)} and {Registry.Cli.Display.Input(other.Preprocessing)}";
        }

        foreach (var (name, data) in wanted.Initializers)
        {
            if (!found.Initializers.TryGetValue(name, out var twin))
            {
                return $"{other} has no weight '{name}', expected {data}";
            }

            if (twin.TensorType != data.TensorType)
            {
                return $"weight '{name}' of {other} is {twin}, expected {data}";
            }

            if (data.Type != ElementType.Float32 && !data.ContentEquals(twin))
            {
                return $"'{name}', which is {data} and has no mean, differs";
            }
        }

        return found.Initializers.Keys.FirstOrDefault(n => !wanted.Initializers.ContainsKey(n)) is { } extra ? $"{other} has a weight '{extra}', which {first} lacks"
            : wanted.Nodes.Count != found.Nodes.Count ? $"{first} has {wanted.Nodes.Count} nodes, {other} {found.Nodes.Count}"
            : wanted.Nodes.Zip(found.Nodes).FirstOrDefault(static pair => pair.First != pair.Second) is { First: { } node } ? $"{node} is another one in {other}"
            : null;
    }
}
