using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;

namespace Toolchain.Export.Ensembles;

/// <summary>What an ensemble takes and gives, before anything is written.</summary>
/// <param name="Members">The members; their weights add up to 1.</param>
/// <param name="Labels">The labels that they share.</param>
/// <param name="WithMembers">Whether what each member gives is an output too.</param>
internal sealed record EnsemblePlan(EquatableArray<EnsembleMember> Members, EquatableArray<string> Labels, bool WithMembers)
{
    /// <summary>What its trained graph takes.</summary>
    public EnsembleInput Input { get; init; } = EnsembleInput.Of([.. Members.Select(static m => m.Preprocessing)]);

    /// <summary>Whether the members give values, rather than probabilities of classes.</summary>
    public bool IsRegression { get; } = Members[0].Version.Manifest.Task == ModelTask.Regression.Text();

    /// <summary>The members' shares of the mean.</summary>
    public EquatableArray<double> Weights => Members.Select(static m => m.Weight).ToEquatableArray();

    /// <summary>How graphs of the members' operators are written.</summary>
    public OnnxWriteOptions WriteOptions => EnsembleMember.WriteOptions(Members) with
    {
        KnownTypes = Members.SelectMany(MemberNames.Known).DistinctBy(static v => v.Key).ToDictionary(StringComparer.Ordinal),
    };

    /// <summary>The manifest of the ensemble: task, labels and preprocessing of its members, and who they are.</summary>
    public ModelManifest Manifest => new()
    {
        Task = Members[0].Version.Manifest.Task,
        Preprocessing = Input.Preprocessing,
        Labels = Labels,
        Parents = [.. Members.Select(static m => new ParentSpec(m.ToString(), ParentRoles.Member) { Weight = m.Weight, Sha256 = m.Artifact.Manifest.Sha256 })],
    };

    /// <summary>The graph of nodes that make <c>members</c> from the input: with the mean and the disagreement behind them, and what several members have alike only once.</summary>
    public Graph Finish(NodeList nodes, OrderedWeights weights)
    {
        var outputs = new EnsembleHead(Weights, MemberOutput()).Add(nodes, IsRegression, WithMembers);
        var graph = new Graph
        {
            Name = "ensemble",
            Inputs = [new(EnsembleInput.Name, Input.Type)],
            Outputs = outputs,
            Nodes = nodes.Nodes,
            Initializers = weights,
        };
        return new MergeDuplicates().Apply(graph).Graph;
    }

    /// <summary>The type of what each member gives: float32 <c>[N, K]</c>, or <c>[N, K, H, W]</c> of a segmentation.</summary>
    private TensorType MemberOutput()
    {
        var shapes = Members.Select(static m => m.GraphWith(new([])).Outputs[0].Type.Shape).Where(static s => s is not null);
        Shape shape = shapes.FirstOrDefault(static s => s!.Skip(1).All(static d => d.IsKnown))
            ?? (Labels.Count > 0 && Members[0].Version.Manifest.Task != ModelTask.Segmentation.Text() ? ["N", Labels.Count] : throw new ToolchainException(
                ErrorKind.BadInput, $"How many {(IsRegression ? "values" : "classes")} the members {string.Join(", ", Members)} give is not known: their files do not state the size of their output, and there are no labels. Import one of them again with its labels."));
        return new(ElementType.Float32, shape.With(0, "N"));
    }
}
