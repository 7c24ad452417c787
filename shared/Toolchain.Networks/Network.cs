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

    /// <summary>The name of the graph's output, float32: <c>[N, outputs]</c>, or <c>[N, outputs, H, W]</c> of a segmentation; before any softmax.</summary>
    public const string OutputName = "logits";

    /// <summary>Its name in the catalog.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in one sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>The note or paper that documents it.</summary>
    public abstract string Source { get; }

    /// <summary>Its arguments.</summary>
    public virtual IReadOnlyList<NetworkOption> Options => [];

    /// <summary>What it can be trained for, the most usual first: its outputs are the scores of classes, or the target columns of a regression.</summary>
    public virtual IReadOnlyList<ModelTask> Tasks => [ModelTask.Classification, ModelTask.Regression];

    /// <summary>The smallest images that its structure takes; one pixel by default.</summary>
    public virtual ImageSize SmallestInput(NetworkArguments arguments) => new(1, 1, 1);

    /// <summary>How its own source begins parameters; PyTorch's module defaults unless it says otherwise.</summary>
    protected virtual InitializationPolicy First => InitializationPolicy.Default;

    /// <summary>Adds the layers between the input and the logits.</summary>
    /// <param name="net">The builder.</param>
    /// <param name="x"><c>float32 [N, C, H, W]</c>.</param>
    /// <param name="arguments">All options.</param>
    /// <param name="outputs">The number of classes or target columns.</param>
    /// <returns><c>float32 [N, outputs]</c>, or <c>[N, outputs, H, W]</c> of a segmentation.</returns>
    protected abstract Value Forward(GraphBuilder net, Value x, NetworkArguments arguments, int outputs);

    /// <summary>Builds the graph with fresh parameters.</summary>
    /// <param name="input">The image size.</param>
    /// <param name="outputs">The number of classes or target columns, at least 1.</param>
    /// <param name="arguments">The network's arguments; its defaults when null.</param>
    /// <param name="seed">Decides the parameters' first values.</param>
    /// <param name="first">By which rules parameters begin where the network's source is to be overruled; nowhere when null.</param>
    /// <exception cref="ToolchainException">
    /// The structure does not fit the image size, and the message names the layer; or the network has no parameters for a rule (<see cref="ErrorKind.Usage"/>).
    /// </exception>
    public Graph Build(ImageSize input, int outputs, NetworkArguments? arguments = null, long seed = 0, InitializationPolicy? first = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        arguments ??= NetworkArguments.Of(this);
        var net = new GraphBuilder(Name, seed, first?.Over(First) ?? First);
        var x = net.Input(InputName, ElementType.Float32, ["N", input.Channels, input.Height, input.Width]);
        try
        {
            net.Output(OutputName, Forward(net, x, arguments, outputs));
        }
        catch (ToolchainException misfit) when (misfit.Kind == ErrorKind.BadInput)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Network '{Name}' does not take {input} images: {misfit.Message}{Advice(input, SmallestInput(arguments))}", misfit);
        }

        CheckUse(first, net.Kinds);
        return net.Build();
    }

    private static string Advice(ImageSize found, ImageSize smallest) => found.Height < smallest.Height || found.Width < smallest.Width
        ? $" It needs at least {smallest.Height}×{smallest.Width} pixels."
        : "";

    private void CheckUse(InitializationPolicy? first, IReadOnlySet<ParameterKind> kinds)
    {
        // A rule for all scales is a rule for those that end a branch, too.
        var idle = first?.Settings.Where(s => !kinds.Contains(s.Kind) && !(s.Kind == ParameterKind.NormScale && kinds.Contains(ParameterKind.ResidualScale))).ToArray() ?? [];
        if (idle.Length > 0)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Network '{Name}' has no parameters for the initialisation {string.Join(", ", idle.Select(static s => $"'{s.Text}'"))} (it has {(kinds.Count == 0 ? "none" : string.Join(", ", kinds.Order()))}). Leave it out.");
        }
    }
}
