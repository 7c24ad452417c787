using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>
/// What becomes of the members' outputs, which lie side by side in <c>members</c>, float32 <c>[N, members, K]</c> or <c>[N, members, K, H, W]</c>: their weighted
/// mean, and how far they are apart.
/// </summary>
/// <param name="Weights">The members' shares, which add up to 1.</param>
/// <param name="Output">The type of one member's output: float32 <c>[N, K]</c> or <c>[N, K, H, W]</c>.</param>
internal sealed record EnsembleHead(EquatableArray<double> Weights, TensorType Output)
{
    /// <summary>The names that the nodes of members must leave free.</summary>
    public static readonly string[] Reserved = [EnsembleInput.Name, ModelTensors.Logits, ModelTensors.Probabilities, ModelTensors.Values, ModelTensors.Disagreement, ModelTensors.Members];

    /// <summary>The smallest normal float32: what a probability below it counts as in logarithms.</summary>
    public const float SmallestProbability = 1.17549435e-38f;

    private const long MemberAxis = 1;
    private const long ClassAxis = 2;

    private Shape Shape => Output.Shape!;

    /// <summary>Adds the nodes behind <c>members</c>.</summary>
    /// <param name="nodes">Where <c>members</c> has been made.</param>
    /// <param name="isRegression">Whether the outputs are values, rather than probabilities of classes.</param>
    /// <param name="withMembers">Whether the members' outputs are one of the ensemble's.</param>
    /// <returns>The ensemble's outputs.</returns>
    public EquatableArray<ValueInfo> Add(NodeList nodes, bool isRegression, bool withMembers)
    {
        var outputs = isRegression ? AddValues(nodes) : AddClasses(nodes);
        return withMembers ? [.. outputs, new(ModelTensors.Members, Output with { Shape = [Shape[0], Weights.Count, .. Shape.Skip(1)] })] : outputs;
    }

    // The mutual information is Σ w·KL(p‖mean), each term of which is small where the members are near one another: entropies, which are not, lose digits in
    // their difference. Rounding may still leave less than nothing.
    private EquatableArray<ValueInfo> AddClasses(NodeList nodes)
    {
        var mean = AddMean(nodes, ModelTensors.Probabilities);
        var logits = nodes.AddOutput(ModelTensors.Logits, new Log(), Positive(nodes, mean));
        var logarithms = nodes.Add("members.log", new Log(), Positive(nodes, ModelTensors.Members));
        var distance = nodes.Add("disagreement.distance", new Sub(), logarithms, Beside(nodes, logits));
        var terms = nodes.Add("disagreement.terms", new Mul(), ModelTensors.Members, distance);
        var classes = Shape[1].Value;
        var weighed = nodes.Add("disagreement.weighed", new Mul(), terms, Factors(nodes, "disagreement.weights", Weights.Count * (double)classes));
        var sum = nodes.Add("disagreement.sum", new ReduceMean([MemberAxis, ClassAxis], KeepDims: false), weighed);
        nodes.AddOutput(ModelTensors.Disagreement, new Relu(), sum);
        return
        [
            new(ModelTensors.Logits, Output),
            new(ModelTensors.Probabilities, Output),
            new(ModelTensors.Disagreement, Output with { Shape = [Shape[0], .. Shape.Skip(2)] }),
        ];
    }

    private EquatableArray<ValueInfo> AddValues(NodeList nodes)
    {
        var mean = AddMean(nodes, ModelTensors.Values);
        var distance = nodes.Add("disagreement.distance", new Sub(), ModelTensors.Members, Beside(nodes, mean));
        var squares = nodes.Add("disagreement.terms", new Mul(), distance, distance);
        nodes.AddOutput(ModelTensors.Disagreement, new ReduceMean([MemberAxis], KeepDims: false), Weighed(nodes, squares, "disagreement"));
        return [new(ModelTensors.Values, Output), new(ModelTensors.Disagreement, Output)];
    }

    private string AddMean(NodeList nodes, string output) => nodes.AddOutput(output, new ReduceMean([MemberAxis], KeepDims: false), Weighed(nodes, ModelTensors.Members, output));

    // A mean of values that were multiplied by w · members is their weighted sum; for equal weights there is nothing to multiply.
    private string Weighed(NodeList nodes, string value, string scope) => Weights.All(w => w.Equals(Weights[0]))
        ? value
        : nodes.Add($"{scope}.weighed", new Mul(), value, Factors(nodes, $"{scope}.weights", Weights.Count));

    private string Factors(NodeList nodes, string name, double scale)
    {
        var factors = Weights.Select(w => (float)(w * scale)).ToArray();
        return nodes.Constant(name, TensorData.Of<float>(factors, [1, factors.Length, .. Enumerable.Repeat(1L, Shape.Rank - 1)]));
    }

    private static string Positive(NodeList nodes, string value)
    {
        var smallest = nodes.Once("smallest", () => nodes.Constant("smallest", TensorData.Scalar(SmallestProbability)));
        return nodes.Add($"{value}.positive", new Clip(), value, smallest);
    }

    /// <summary>A value of one member's shape, as one that goes with every member.</summary>
    public static string Beside(NodeList nodes, string value)
    {
        var axis = nodes.Once("axis", () => nodes.Constant("members.axis", TensorData.Of<long>([MemberAxis])));
        return nodes.Add($"{value}.beside", new Unsqueeze(), value, axis);
    }
}
