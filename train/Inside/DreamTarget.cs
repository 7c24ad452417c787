using System.Globalization;
using Toolchain.Graphs;
using TorchSharp;

namespace Toolchain.Train.Inside;

/// <summary>What an input is to make as large as possible: an output, or the activation of a layer or of one of its channels.</summary>
/// <param name="Name">What the target is called: a class, <c>features.3</c>, <c>features.3:17</c>.</param>
/// <param name="Output">The output's number; null for a layer.</param>
/// <param name="Layer">The layer's name; null for an output.</param>
/// <param name="Channel">The layer's channel; null for all of them.</param>
internal sealed record DreamTarget(string Name, int? Output, string? Layer = null, int? Channel = null)
{
    /// <summary>The word for a target per output.</summary>
    public const string All = "all";

    /// <summary>How targets are written.</summary>
    public const string Usage = "CLASS|LAYER[:CHANNEL]|all";

    /// <summary>A class by its name or number, a layer, a layer's channel, or every class.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="network">Has the layers.</param>
    /// <param name="names">The outputs' names.</param>
    /// <exception cref="ToolchainException">Nothing is called so (<see cref="ErrorKind.Usage"/>).</exception>
    public static IEnumerable<DreamTarget> Parse(string text, ScoredNetwork network, IReadOnlyList<string> names)
    {
        if (text == All)
        {
            return names.Select(static (name, output) => new DreamTarget(name, output));
        }

        var output = names.Select(static n => n.ToLowerInvariant()).ToList().IndexOf(text.ToLowerInvariant());
        if (output >= 0 || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out output) && output < names.Count))
        {
            return [new(names[output], output)];
        }

        var colon = text.LastIndexOf(':');
        var layer = colon < 0 ? text : text[..colon];
        if (!network.Graph.Nodes.Any(n => n.Name == layer && n.Op is not Constant))
        {
            var known = names.Concat(network.Convolutions.Select(static n => n.Name)).ToArray();
            throw new ToolchainException(
                ErrorKind.Usage,
                $"There is nothing to dream of called '{text}'. Give {Usage}: classes are {string.Join(", ", names)}; convolutions are {string.Join(", ", known.Skip(names.Count).DefaultIfEmpty("not there"))}.{Nearest.Hint(text, known)}");
        }

        return [new(text, null, layer, colon < 0 ? null : ParseChannel(text[(colon + 1)..], network, layer))];
    }

    /// <summary>The number to raise, for one image of a batch: the output, the mean activation of the channel, or the mean square of the layer's activations.</summary>
    /// <param name="image">The image's place in the batch.</param>
    /// <param name="outputs"><c>float32 [N, K]</c>.</param>
    /// <param name="watched">The layers' activations, <c>[N, C, …]</c>.</param>
    /// <returns>A scalar; the current dispose scope owns it.</returns>
    public torch.Tensor Objective(int image, torch.Tensor outputs, IReadOnlyDictionary<string, torch.Tensor> watched) => this switch
    {
        { Output: { } output } => outputs.select(0, image).select(0, output),
        { Layer: { } layer, Channel: { } channel } => watched[layer].select(0, image).select(0, channel).mean(),
        { Layer: { } layer } => watched[layer].select(0, image).square().mean(),
        _ => throw new InvalidOperationException($"Target '{Name}' has neither an output nor a layer."),
    };

    private static int ParseChannel(string text, ScoredNetwork network, string layer)
    {
        var count = GraphTypes.Infer(network.Graph)[network.Layer(layer).Outputs[0]]?.Shape is [_, { IsKnown: true } channels, ..] ? channels.Value : int.MaxValue;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var channel) && channel < count
            ? channel
            : throw new ToolchainException(ErrorKind.Usage, $"Layer '{layer}' has no channel '{text}'; its channels are 0 to {count - 1}.");
    }
}
