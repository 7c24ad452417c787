using System.Globalization;

namespace Toolchain.Graphs;

/// <summary>A number of pixels along the height and along the width.</summary>
public readonly record struct PixelExtent(long Height, long Width)
{
    /// <summary>One number when both are equal, otherwise <c>height×width</c>.</summary>
    public override string ToString() => Height == Width ? Height.ToString("n0", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Height:n0}x{Width:n0}");
}

/// <summary>
/// What one output value of each node sees of the image (Araujo, Norris and Sim, «Computing receptive fields of convolutional neural networks»,
/// Distill 2019): a window makes the field larger by (kernel − 1) · dilation · jump, and the jump between neighbours larger by its stride.
/// Where branches meet, the largest field of each axis counts.
/// </summary>
internal sealed class ReceptiveFields
{
    private readonly Dictionary<string, Field?> _fields = new(StringComparer.Ordinal);

    /// <summary>Starts at the images: one pixel sees itself.</summary>
    public ReceptiveFields(IEnumerable<ValueInfo> inputs)
    {
        foreach (var input in inputs)
        {
            _fields[input.Name] = input.Type.Shape is { Rank: 4 } ? new(new(1, 1), new(1, 1)) : null;
        }
    }

    /// <summary>The field of a node's first output; null when it sees the whole image or the field means nothing. Nodes come in the graph's order.</summary>
    public PixelExtent? Visit(Node node, NodeContext context, Window? window, Shape? output)
    {
        // What comes from weights alone sees nothing, and has no part in what others see.
        if (!node.Inputs.Any(_fields.ContainsKey))
        {
            return null;
        }

        var field = Of(node, context, window, output);
        foreach (var name in node.Outputs)
        {
            _fields[name] = field;
        }

        return field?.Size;
    }

    private Field? Of(Node node, NodeContext context, Window? window, Shape? output)
    {
        Field? widest = null;
        foreach (var input in node.Inputs.Where(_fields.ContainsKey))
        {
            if (_fields[input] is not { } field)
            {
                return null;
            }

            widest = widest is { } known ? new(Largest(known.Size, field.Size), Largest(known.Jump, field.Jump)) : field;
        }

        return (widest, window, node.Op) switch
        {
            (null, _, _) => null,
            ({ } f, { Kernel.Count: 2 } w, ConvTranspose) => Upsampled(f, w),
            ({ } f, _, Resize resize) => Resized(f, resize, context, output),
            ({ } f, { Kernel.Count: 2 } w, _) => new(
                new(f.Size.Height + ((w.Kernel[0] - 1) * w.Dilations[0] * f.Jump.Height), f.Size.Width + ((w.Kernel[1] - 1) * w.Dilations[1] * f.Jump.Width)),
                new(f.Jump.Height * w.Strides[0], f.Jump.Width * w.Strides[1])),
            (_, _, GlobalPool or Gemm or MatMul or Einsum or Foreign) => null,
            _ => SameGrid(node, context, output) ? widest : null,
        };
    }

    // An output of a transposed convolution meets at most one input more for every stride that its kernel is long.
    private static Field? Upsampled(Field f, Window w) => f.Jump.Height % w.Strides[0] != 0 || f.Jump.Width % w.Strides[1] != 0 ? null : new(
        new(
            f.Size.Height + ((w.Kernel[0] - 1) * w.Dilations[0] / w.Strides[0] * f.Jump.Height),
            f.Size.Width + ((w.Kernel[1] - 1) * w.Dilations[1] / w.Strides[1] * f.Jump.Width)),
        new(f.Jump.Height / w.Strides[0], f.Jump.Width / w.Strides[1]));

    // Interpolation lies between two inputs, and cubic convolution looks at one more on either side; only enlarging by whole numbers gives steps of whole pixels.
    private static Field? Resized(Field f, Resize resize, NodeContext context, Shape? output)
    {
        if (context.Shape(0) is not { Rank: 4, IsKnown: true } from || output is not { IsKnown: true } || from.Concat(output).Any(static d => d.Value < 1) || output[2].Value % from[2].Value != 0 || output[3].Value % from[3].Value != 0)
        {
            return null;
        }

        var (high, wide) = (output[2].Value / from[2].Value, output[3].Value / from[3].Value);
        var neighbours = resize.Mode switch { ResizeMode.Nearest => 0, ResizeMode.Linear => 1, ResizeMode.Cubic => 3, var other => throw new InvalidOperationException($"Unknown mode {other}.") };
        var between = new PixelExtent(neighbours * f.Jump.Height, neighbours * f.Jump.Width);
        return f.Jump.Height % high != 0 || f.Jump.Width % wide != 0
            ? null
            : new(new(f.Size.Height + between.Height, f.Size.Width + between.Width), new(f.Jump.Height / high, f.Jump.Width / wide));
    }

    // Whatever else changes the number of pixels, such as flattening or resizing, has no window of fixed size and steps.
    private static bool SameGrid(Node node, NodeContext context, Shape? output) =>
        output is { Rank: 4 } && node.Inputs.Index().Any(i => context.Types[i.Index]?.Shape is { Rank: 4 } input && input[2] == output[2] && input[3] == output[3]);

    private static PixelExtent Largest(PixelExtent a, PixelExtent b) => new(Math.Max(a.Height, b.Height), Math.Max(a.Width, b.Width));

    private readonly record struct Field(PixelExtent Size, PixelExtent Jump);
}
