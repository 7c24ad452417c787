using Toolchain.Graphs;

namespace Toolchain.Networks;

/// <summary>The size of the images that a network takes.</summary>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
public sealed record ImageSize(int Channels, int Height, int Width)
{
    /// <summary>The size as options write it: <c>3x224x224</c>.</summary>
    public override string ToString() => $"{Channels}x{Height}x{Width}";

    /// <summary>Reads <c>CxHxW</c>.</summary>
    /// <exception cref="ToolchainException">The text is something else (<see cref="ErrorKind.Usage"/>).</exception>
    public static ImageSize Parse(string text)
    {
        var parts = text.Split('x');
        var numbers = parts.Select(static p => int.TryParse(p, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var n) ? n : 0).ToArray();
        return numbers is [> 0, > 0, > 0]
            ? new(numbers[0], numbers[1], numbers[2])
            : throw new ToolchainException(ErrorKind.Usage, $"Image size '{text}' is not understood. Expected CxHxW, for example 3x224x224.");
    }
}

/// <summary>A documented network: one short class whose <see cref="Forward"/> reads like the note or paper it comes from.</summary>
public abstract class Network
{
    /// <summary>The name of the graph's input: <c>float32 [N, C, H, W]</c>, normalised.</summary>
    public const string InputName = "input";

    /// <summary>The name of the graph's output: <c>float32 [N, classes]</c>, before the softmax.</summary>
    public const string OutputName = "logits";

    /// <summary>Its name in the catalog.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in one sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>The note or paper that documents it.</summary>
    public abstract string Source { get; }

    /// <summary>Its arguments.</summary>
    public virtual IReadOnlyList<NetworkOption> Options => [];

    /// <summary>Adds the layers between the input and the logits.</summary>
    /// <param name="net">The builder.</param>
    /// <param name="x"><c>float32 [N, C, H, W]</c>.</param>
    /// <param name="arguments">All options.</param>
    /// <param name="classes">The number of logits.</param>
    /// <returns><c>float32 [N, classes]</c>.</returns>
    protected abstract Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int classes);

    /// <summary>Builds the graph with fresh parameters.</summary>
    /// <param name="input">The image size.</param>
    /// <param name="classes">The number of classes, at least 1.</param>
    /// <param name="arguments">The network's arguments; its defaults when null.</param>
    /// <param name="seed">Decides the parameters' first values.</param>
    /// <exception cref="ToolchainException">The structure does not fit the image size; the message names the layer.</exception>
    public Graph Build(ImageSize input, int classes, NetworkArguments? arguments = null, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        var net = new GraphBuilder(Name, seed);
        var x = net.Input(InputName, ElementType.Float32, ["N", input.Channels, input.Height, input.Width]);
        try
        {
            net.Output(OutputName, Forward(net, x, arguments ?? NetworkArguments.Of(this), classes));
        }
        catch (ToolchainException misfit) when (misfit.Kind == ErrorKind.BadInput)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Network '{Name}' does not take {input} images: {misfit.Message}", misfit);
        }

        return net.Build();
    }
}
