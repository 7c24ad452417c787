using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>Whether models can be members of one ensemble: what they take and what their outputs mean must be the same.</summary>
internal static class MemberFit
{
    /// <summary>Compares every model with the first one.</summary>
    /// <returns>The labels that they share; empty where no model knows them.</returns>
    /// <exception cref="ToolchainException">Something differs; the message has all differences (<see cref="ErrorKind.BadInput"/>).</exception>
    public static IReadOnlyList<string> Require(IReadOnlyList<EnsembleMember> members)
    {
        var first = members[0];
        var named = members.FirstOrDefault(static m => m.Version.Manifest.Labels.Count > 0) ?? first;
        var problems = members.SelectMany(static m => InputProblems(m)).ToList();
        foreach (var member in members.Skip(1))
        {
            problems.AddRange(Differences(first, member));
            problems.AddRange(LabelDifferences(named, member));
        }

        problems.AddRange(WritingProblems(members));
        return problems.Count == 0 ? named.Version.Manifest.Labels : throw new ToolchainException(
            ErrorKind.BadInput, $"These models cannot be one ensemble: {string.Join("; ", problems)}. Nothing was published.");
    }

    private static IEnumerable<string> InputProblems(EnsembleMember member)
    {
        var (graph, input) = (member.Model.Graph, member.Preprocessing);
        var expected = new TensorType(ElementType.Float32, ["N", input.Channels, input.Height, input.Width]);
        if (graph.Inputs is not [{ Type: { Element: ElementType.Float32, Shape: { Rank: 4 } shape } }] || !shape.Skip(1).Zip(expected.Shape!.Skip(1)).All(static d => d.First.Admits(d.Second)))
        {
            yield return $"{member} must take one input {expected}, found {string.Join(", ", graph.Inputs.Select(static i => $"'{i.Name}' {i.Type}"))}";
        }
        else if (shape[0].IsKnown)
        {
            yield return $"{member} is made for batches of {shape[0]} alone, and an ensemble takes any (export it again with a variable batch)";
        }
    }

    private static IEnumerable<string> Differences(EnsembleMember first, EnsembleMember member)
    {
        var (expected, found) = (first.Version.Manifest, member.Version.Manifest);
        if (expected.Task != found.Task)
        {
            yield return $"{member} is for {found.Task}, expected {expected.Task} as {first} is";
            yield break;
        }

        if (expected.Preprocessing.Samples != found.Preprocessing.Samples)
        {
            yield return $"{member} takes {ModelTensors.Input(found.Preprocessing.Samples)}, expected {ModelTensors.Input(expected.Preprocessing.Samples)} as {first} does";
        }
        else if (expected.Preprocessing.Channels != found.Preprocessing.Channels)
        {
            yield return $"{member} takes samples of {Display.Input(found.Preprocessing)}, expected {expected.Preprocessing.Channels} channels as {first} has ({Display.Input(expected.Preprocessing)})";
        }
        else if (expected.Task == ModelTask.Segmentation.Text() && (expected.Preprocessing.Height, expected.Preprocessing.Width) != (found.Preprocessing.Height, found.Preprocessing.Width))
        {
            yield return $"{member} segments images of {Display.Input(found.Preprocessing)}, expected {Display.Input(expected.Preprocessing)} as {first} does, because their pixels are averaged one by one";
        }

        if (Outputs(first) is { } wanted && Outputs(member) is { } made && wanted != made)
        {
            var noun = expected.Task == ModelTask.Regression.Text() ? "values" : "classes";
            yield return $"{member} has {made} {noun}, expected {wanted} as {first} has";
        }
    }

    private static IEnumerable<string> LabelDifferences(EnsembleMember named, EnsembleMember member)
    {
        var (expected, found) = (named.Version.Manifest.Labels, member.Version.Manifest.Labels);
        if (found.Count > 0 && !found.SequenceEqual(expected))
        {
            var index = Enumerable.Range(0, Math.Max(expected.Count, found.Count)).First(i => expected.ElementAtOrDefault(i) != found.ElementAtOrDefault(i));
            yield return $"the labels of {member} are others: label {index} is {Quoted(found, index)}, expected {Quoted(expected, index)} as {named} has it";
        }
    }

    // One file has one version of each operator domain.
    private static IEnumerable<string> WritingProblems(IReadOnlyList<EnsembleMember> members)
    {
        var forced = members.Where(static m => m.ForcedOpset is not null).ToArray();
        if (forced.FirstOrDefault(m => m.ForcedOpset != forced[0].ForcedOpset) is { } other)
        {
            yield return $"{other} has operators that are kept in the form of opset {other.ForcedOpset}, and {forced[0]} in that of opset {forced[0].ForcedOpset}; one file has one opset";
        }

        foreach (var domain in members.SelectMany(static m => m.Model.Domains).GroupBy(static d => d.Key).Where(static g => g.Select(static d => d.Value).Distinct().Count() > 1))
        {
            yield return $"operator domain '{domain.Key}' has the versions {string.Join(" and ", domain.Select(static d => d.Value).Distinct())} among them; one file has one";
        }
    }

    // A single logit tells two classes apart.
    private static long? Outputs(EnsembleMember member)
    {
        var manifest = member.Version.Manifest;
        var graph = member.Model.Graph;
        var name = ModelTensors.Trained([.. graph.Outputs.Select(static o => o.Name)]);
        long? outputs = graph.Outputs.First(o => o.Name == name).Type.Shape is [_, { IsKnown: true } second, ..] ? second.Value : manifest.Labels.Count > 0 ? manifest.Labels.Count : null;
        return outputs == 1 && manifest.Task != ModelTask.Regression.Text() ? 2 : outputs;
    }

    private static string Quoted(IReadOnlyList<string> labels, int index) => index < labels.Count ? $"'{labels[index]}'" : "missing";
}
