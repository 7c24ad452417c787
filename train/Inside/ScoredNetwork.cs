using Toolchain.Graphs;
using Toolchain.Train.Execution;
using Toolchain.Train.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Toolchain.Train.Inside;

/// <summary>
/// A trained network whose scores are to be explained by gradients: in evaluation mode, in float32, with all weights frozen. A softmax at its end is left
/// out, because raising a probability may as well lower the other classes' logits (arXiv 1312.6034, section 2). Disposing frees it.
/// </summary>
internal sealed class ScoredNetwork : IDisposable
{
    private readonly GraphExecutor _network;
    private readonly ModelTask _task;

    /// <summary>Moves a graph's weights to a device.</summary>
    /// <exception cref="ToolchainException">The graph has operators that the trainer does not know (<see cref="ErrorKind.BadInput"/>).</exception>
    public ScoredNetwork(Graph graph, ModelTask task, Device device)
    {
        (Graph, _task) = (WithoutSoftmax(graph), task);
        _network = new(Graph, device);
        _network.Weights.Freeze(_network.Weights.Parameters.Keys.ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>The graph, up to the scores.</summary>
    public Graph Graph { get; }

    /// <summary>Where it computes.</summary>
    public Device Device => _network.Device;

    /// <summary>
    /// A score per image and output: the logit of a class, in segmentation its mean over the pixels, in regression the value. A single logit z is the two
    /// classes' scores −z/2 and z/2.
    /// </summary>
    /// <param name="inputs"><c>float32 [N, C, H, W]</c>, normalised, on <see cref="Device"/>.</param>
    /// <param name="watched">Filled with the outputs of the nodes that its keys name.</param>
    /// <returns><c>float32 [N, K]</c>; the current dispose scope owns it and the watched values.</returns>
    public Tensor Scores(Tensor inputs, IDictionary<string, Tensor>? watched = null)
    {
        var output = _network.Forward(inputs, watched);
        var scores = output.ndim > 2 ? output.flatten(2).mean([2L]) : output;
        return _task == ModelTask.Regression || scores.shape[1] > 1 ? scores : cat([scores.mul(-0.5), scores.mul(0.5)], 1);
    }

    /// <summary>
    /// What makes each output the answer: in regression the value, otherwise the log-odds ln(p / (1 − p)) of the class's probability p. They rise with the
    /// logit and fall with the other classes' logits, and have no upper limit.
    /// </summary>
    /// <param name="scores"><c>float32 [N, K]</c>, of <see cref="Scores"/>.</param>
    /// <returns><c>float32 [N, K]</c>; the current dispose scope owns it.</returns>
    public Tensor Evidence(Tensor scores)
    {
        if (_task == ModelTask.Regression)
        {
            return scores;
        }

        // s − ln Σ exp(others): a sum without the class itself loses nothing where p is almost 1.
        var itself = eye(scores.shape[1], dtype: ScalarType.Bool, device: scores.device).unsqueeze(0);
        return scores.sub(scores.unsqueeze(1).masked_fill(itself, double.NegativeInfinity).logsumexp(2));
    }

    /// <summary>A node that can be watched.</summary>
    /// <exception cref="ToolchainException">There is none of that name (<see cref="ErrorKind.Usage"/>).</exception>
    public Node Layer(string name) => Graph.Nodes.FirstOrDefault(n => n.Name == name && n.Op is not Constant)
        ?? throw new ToolchainException(
            ErrorKind.Usage,
            $"Network '{Graph.Name}' has no layer '{name}'. Its convolutions are {string.Join(", ", Convolutions.Select(static n => n.Name).DefaultIfEmpty("none"))}.{Nearest.Hint(name, Graph.Nodes.Select(static n => n.Name))}");

    /// <summary>The convolutions, from the image on.</summary>
    public IEnumerable<Node> Convolutions => Graph.Nodes.Where(static n => n.Op is Conv);

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private static Graph WithoutSoftmax(Graph graph)
    {
        if (OutputForms.Of(graph) == OutputForm.Logits)
        {
            return graph;
        }

        var output = graph.Outputs[0];
        var last = graph.Nodes.First(n => n.Outputs.Contains(output.Name));
        return WithoutSoftmax(graph with
        {
            Nodes = [.. graph.Nodes.Where(n => n != last)],
            Outputs = [output with { Name = last.Inputs[0] }],
        });
    }
}
