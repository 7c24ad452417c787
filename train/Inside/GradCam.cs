using Toolchain.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Toolchain.Train.Inside;

/// <summary>
/// Where in the image a score comes from, as a layer sees it (Grad-CAM, Selvaraju et al. 2016, arXiv 1610.02391, equations 1 and 2): the layer's channels
/// weighted by the mean derivative of the score by each, of which only what speaks for the output is kept.
/// </summary>
internal sealed class GradCam
{
    private readonly ScoredNetwork _network;

    /// <summary>Explains by a layer; by default the last convolution, after its batch normalisation and activation where it has them.</summary>
    /// <exception cref="ToolchainException">There is no such layer, or its output is no image (<see cref="ErrorKind.Usage"/>).</exception>
    public GradCam(ScoredNetwork network, string? layer = null)
    {
        var node = layer is not null
            ? network.Layer(layer)
            : Activated(network.Graph, network.Convolutions.LastOrDefault()) ?? throw new ToolchainException(ErrorKind.Usage, $"Network '{network.Graph.Name}' has no convolution for Grad-CAM to explain. Use saliency.");
        var shape = GraphTypes.Infer(network.Graph)[node.Outputs[0]]?.Shape;
        (_network, Layer) = shape is null || shape.Rank == 4
            ? (network, node.Name)
            : throw new ToolchainException(ErrorKind.Usage, $"Grad-CAM needs a layer whose output is [N, C, H, W], but that of '{node.Name}' is {shape}. Convolutions are {string.Join(", ", network.Convolutions.Select(static n => n.Name).DefaultIfEmpty("not there"))}.");
    }

    /// <summary>The layer's name.</summary>
    public string Layer { get; }

    /// <summary>The maps of a batch, as large as the layer's output.</summary>
    /// <param name="inputs"><c>float32 [N, C, H, W]</c>, normalised, on the network's device.</param>
    /// <param name="outputs">The output to explain for each image, <c>int64 [N]</c>.</param>
    /// <returns><c>float32 [N, h, w]</c>, not negative; the current dispose scope owns it.</returns>
    public Tensor Of(Tensor inputs, Tensor outputs)
    {
        using var scope = NewDisposeScope();
        var watched = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Layer] = inputs };

        // The weights are frozen: without an input that wants a gradient, nothing would be recorded.
        var score = _network.Scores(inputs.detach().requires_grad_(), watched).gather(1, outputs.unsqueeze(1)).sum();
        var channels = watched[Layer];
        var weights = autograd.grad([score], [channels])[0].mean([2L, 3L], true);
        return scope.MoveToOuter(channels.detach().mul(weights).sum(1L).relu());
    }

    /// <summary>Maps at another size, interpolated bilinearly.</summary>
    /// <param name="maps"><c>float32 [N, h, w]</c>.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <returns><c>float32 [N, height, width]</c>; the current dispose scope owns it.</returns>
    public static Tensor Enlarged(Tensor maps, int height, int width)
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(F.interpolate(maps.unsqueeze(1), [height, width], mode: InterpolationMode.Bilinear, align_corners: false).squeeze(1));
    }

    // What is negative before a rectifier tells later layers nothing, but would count here.
    private static Node? Activated(Graph graph, Node? node)
    {
        while (node is not null && graph.Nodes.Where(n => n.Inputs.Contains(node.Outputs[0])).ToArray() is [{ Op: BatchNormalization or Relu or LeakyRelu or Sigmoid or Tanh or Clip } next])
        {
            node = next;
        }

        return node;
    }
}
