using Toolchain.Export.Rewrites;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>How the graph's numbers and the file's are related.</summary>
internal enum Relation
{
    /// <summary>They are the same.</summary>
    Same,

    /// <summary>The file's are the softmax of the graph's.</summary>
    Softmax,

    /// <summary>The file's are the sigmoid of the graph's.</summary>
    Sigmoid,

    /// <summary>The graph's are the logarithms of the file's.</summary>
    Logarithm,
}

/// <summary>A graph that ends in what training and serving expect, and how that is related to what the file gives.</summary>
/// <param name="Graph">Its one output is <c>[N, K]</c>, or <c>[N, K, H, W]</c> of a segmentation.</param>
/// <param name="Relation">How its numbers follow from the file's.</param>
/// <param name="Removed">The softmax or sigmoid that was taken away; null for none.</param>
internal sealed record OutputEnding(Graph Graph, Relation Relation, string? Removed)
{
    // Passed over on the way back from the output: they neither mix nor change values.
    private static bool PassesOn(Node node) => node.Op is Identity or Flatten or Reshape or Squeeze or Unsqueeze or Transpose or Cast;

    /// <summary>Brings the graph's one output into form.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="reference">What the file gives, <c>[n, …]</c> float32.</param>
    /// <param name="options">What was said about it.</param>
    /// <param name="channelsLast">Whether the file's images have their channels last, and a segmentation its classes.</param>
    /// <exception cref="ToolchainException">The output is not one of the task's (<see cref="ErrorKind.BadInput"/>).</exception>
    public static OutputEnding Of(Graph graph, TensorData reference, ImportOptions options, bool channelsLast)
    {
        var floats = graph.Outputs[0].Type.Element == ElementType.Float32 ? graph : Append(graph, new(graph), "output.cast", new Cast(ElementType.Float32));
        var (trained, relation, removed) = Activation(floats, reference, options, channelsLast);
        var (shaped, dimensions) = Shaped(trained, reference.Dimensions, options, channelsLast);
        var output = shaped.Outputs[0];
        return new(
            shaped with { Outputs = [output with { Type = new(ElementType.Float32, ["N", .. dimensions.Skip(1).Select(static d => (Dimension)d)]) }] },
            relation,
            removed);
    }

    /// <summary>The dimensions that the task's output has for the file's: without axes of size 1 behind the classes, classes first.</summary>
    public static EquatableArray<long> Dimensions(EquatableArray<long> found, ImportOptions options, bool channelsLast) => (options.Task, found.Count) switch
    {
        (ModelTask.Segmentation, 4) => channelsLast ? [found[0], found[3], found[1], found[2]] : found,
        (ModelTask.Classification or ModelTask.Regression, >= 2) when found.Skip(2).All(static d => d == 1) => [found[0], found[1]],
        (ModelTask.Classification or ModelTask.Regression, 4) when channelsLast && found[1] == 1 && found[2] == 1 => [found[0], found[3]],
        (ModelTask.Regression, 1) => [found[0], 1],
        var (task, _) => throw new ToolchainException(
            ErrorKind.BadInput,
            $"'{options.File}' gives {found}, and a {task.Text()} model gives {(task == ModelTask.Segmentation ? "[N, classes, H, W]" : "[N, classes]")}. "
            + "Say what it does with --task, or choose another output with --output."),
    };

    private static (Graph Graph, EquatableArray<long> Dimensions) Shaped(Graph graph, EquatableArray<long> found, ImportOptions options, bool channelsLast)
    {
        var wanted = Dimensions(found, options, channelsLast);
        var names = new ValueNames(graph);
        return wanted == found ? (graph, found)
            : found.Count == 4 && wanted.Count == 4 ? (Append(graph, names, "output.nchw", new Transpose([0, 3, 1, 2])), wanted)
            : (Append(graph, names, "output.flatten", found.Count == 1 ? new Flatten(1) : new Flatten()), wanted);
    }

    private static (Graph, Relation, string?) Activation(Graph graph, TensorData reference, ImportOptions options, bool channelsLast)
    {
        if (options.Task == ModelTask.Regression || options.Form == OutputForm.Logits)
        {
            return (graph, Relation.Same, null);
        }

        var classes = Dimensions(reference.Dimensions, options, channelsLast)[1];
        var last = Last(graph);
        switch (last?.Op)
        {
            case LogSoftmax when options.Form == OutputForm.Auto:
                return (graph, Relation.Same, null);
            case Softmax when classes > 1:
                return (Without(graph, last), Relation.Softmax, last.ToString());
            case Sigmoid when classes == 1:
                return (Without(graph, last), Relation.Sigmoid, last.ToString());
            case Sigmoid when options.Form == OutputForm.Auto:
                throw new ToolchainException(
                    ErrorKind.BadInput,
                    $"'{options.File}' ends in {last}, an independent probability for each of {classes} classes: several may hold at once, and a {options.Task.Text()} model names one. "
                    + "Import it with --task regression, which keeps the numbers as they are; if only one class can hold, with --output-form logits.");
        }

        var probabilities = options.Form == OutputForm.Probabilities || AreProbabilities(reference, options, channelsLast);
        return probabilities && classes > 1 ? (Logarithm(graph), Relation.Logarithm, null)
            : options.Form == OutputForm.Probabilities ? throw new ToolchainException(ErrorKind.BadInput, $"'{options.File}' gives one number per image without a sigmoid at its end, so its logit cannot be found. Import it with --task regression.")
            : (graph, Relation.Same, null);
    }

    /// <summary>The last operator that changes values; null where another node reads what it makes.</summary>
    private static Node? Last(Graph graph)
    {
        var uses = new ValueUses(graph);
        var node = uses.Maker(graph.Outputs[0].Name);
        while (node is not null && PassesOn(node))
        {
            node = uses.Maker(node.Inputs[0]) is { } before && uses.HasOneReader(node.Inputs[0]) ? before : null;
        }

        return node;
    }

    private static Graph Without(Graph graph, Node last) => Bypass.Nodes(graph, n => n == last).Graph;

    /// <summary>ln(max(p, the smallest float)): its softmax is p again.</summary>
    private static Graph Logarithm(Graph graph)
    {
        var names = new ValueNames(graph);
        var smallest = names.New("output.smallest");
        var constant = new Node(smallest, new Constant(TensorData.Scalar(1.17549435e-38f)), [], [smallest]);
        return Append(Append(graph with { Nodes = [.. graph.Nodes, constant] }, names, "output.clip", new Clip(), smallest), names, "output.log", new Log());
    }

    // The new last node takes another name for its output: the file's name stays with the file's value.
    private static Graph Append(Graph graph, ValueNames names, string wanted, Operator op, params string[] further)
    {
        var name = names.New(wanted);
        var output = graph.Outputs[0];
        return graph with
        {
            Nodes = [.. graph.Nodes, new(name, op, [output.Name, .. further], [name])],
            Outputs = [new(name, new(ElementType.Float32, null))],
        };
    }

    private static bool AreProbabilities(TensorData reference, ImportOptions options, bool channelsLast)
    {
        var values = reference.Values<float>();
        foreach (var value in values)
        {
            if (value is not (>= 0 and <= 1))
            {
                return false;
            }
        }

        return ClassSums.Of(reference, options, channelsLast).All(static sum => Math.Abs(sum - 1) < 1e-3);
    }
}
