using System.Globalization;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>What a file's input takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Element">Its element type.</param>
/// <param name="Batch">Its first dimension.</param>
/// <param name="Layout">The order of its axes.</param>
/// <param name="Channels">The order of its colours.</param>
/// <param name="Size">Channels, height and width; of a table its columns × 1 × 1.</param>
internal sealed record ForeignInput(string Name, ElementType Element, Dimension Batch, ImageLayout Layout, ChannelOrder Channels, InputSize Size)
{
    // https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md
    private const string PixelFormat = "Image.BitmapPixelFormat";

    /// <summary>The shape of some samples as the file takes them.</summary>
    public EquatableArray<long> Shape(int count) => Layout switch
    {
        ImageLayout.Nchw => [count, Size.Channels, Size.Height, Size.Width],
        ImageLayout.Nhwc => [count, Size.Height, Size.Width, Size.Channels],
        ImageLayout.Table => [count, Size.Channels],
        _ => throw new ArgumentOutOfRangeException(nameof(count), Layout, "Unknown layout."),
    };

    /// <summary>Finds out what a graph takes.</summary>
    /// <exception cref="ToolchainException">It does not take images or rows, or leaves open what nobody said (<see cref="ErrorKind.BadInput"/>, <see cref="ErrorKind.Usage"/>).</exception>
    public static ForeignInput Of(Graph graph, ImportOptions options)
    {
        if (graph.Inputs is not [var input])
        {
            throw Fail($"one input, found {graph.Inputs.Count}: {string.Join(", ", graph.Inputs.Select(static i => $"'{i.Name}' {i.Type}"))}");
        }

        if (input.Type.Element is not (ElementType.Float32 or ElementType.Float16 or ElementType.Float64 or ElementType.UInt8))
        {
            throw Fail($"an input of floats or bytes, found '{input.Name}' {input.Type}");
        }

        if (input.Type.Shape is [var rows, var columns] && options.Layout is null or ImageLayout.Table)
        {
            return new(input.Name, input.Type.Element, rows, ImageLayout.Table, ChannelOrder.Rgb, new(Number(columns, options.Input?.Channels, "columns"), 1, 1));
        }

        if (input.Type.Shape is not [var batch, var second, var third, var fourth])
        {
            throw Fail($"an input [N, C, H, W], [N, H, W, C] or [N, C], found '{input.Name}' {input.Type}");
        }

        var layout = options.Layout ?? LayoutOf(second, fourth, options.Input, input);
        var (c, h, w) = layout == ImageLayout.Nhwc ? (fourth, second, third) : (second, third, fourth);
        var size = new InputSize(Number(c, options.Input?.Channels, "channels"), Number(h, options.Input?.Height, "height"), Number(w, options.Input?.Width, "width"));
        return new(input.Name, input.Type.Element, batch, layout, OrderOf(graph, size, options), size);

        int Number(Dimension found, int? given, string what) => (found.IsKnown, given) switch
        {
            (true, null) when found.Value is >= 1 and <= int.MaxValue => (int)found.Value,
            (true, { } said) when found.Value == said => said,
            (false, { } said) => said,
            (false, null) => throw new ToolchainException(ErrorKind.Usage, $"'{options.File}' leaves the {what} of its input '{input.Name}' {input.Type} open. Say it with --input CxHxW."),
            (true, null) => throw Fail($"{what} from 1 to {int.MaxValue}, found '{input.Name}' {input.Type}"),
            (true, { } said) => throw new ToolchainException(ErrorKind.Usage, $"--input {options.Input} says {said} {what}, and '{options.File}' takes {found}: its input '{input.Name}' is {input.Type}."),
        };

        ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"'{options.File}' cannot be imported: expected {problem}.");
    }

    private static ImageLayout LayoutOf(Dimension second, Dimension last, InputSize? given, ValueInfo input)
    {
        return given is not null && Is(second, given.Channels) ? ImageLayout.Nchw
            : given is not null && Is(last, given.Channels) ? ImageLayout.Nhwc
            : Is(second, 1) || Is(second, 3) ? ImageLayout.Nchw
            : Is(last, 1) || Is(last, 3) ? ImageLayout.Nhwc
            : throw new ToolchainException(ErrorKind.Usage, $"The layout of input '{input.Name}' {input.Type} cannot be seen from its shape, which has no 1 or 3 channels at either end. Say it with --layout nchw or --layout nhwc.");

        static bool Is(Dimension found, int channels) => found.IsKnown && found.Value == channels;
    }

    private static ChannelOrder OrderOf(Graph graph, InputSize size, ImportOptions options)
    {
        var order = options.Channels ?? (graph.Metadata.GetValueOrDefault(PixelFormat, "").StartsWith("bgr", ignoreCase: true, CultureInfo.InvariantCulture) ? ChannelOrder.Bgr : ChannelOrder.Rgb);
        return order == ChannelOrder.Rgb || size.Channels == 3
            ? order
            : throw new ToolchainException(ErrorKind.Usage, $"--channels-order bgr is for images of 3 channels, and '{options.File}' takes {size}.");
    }
}
