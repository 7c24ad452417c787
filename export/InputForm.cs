using System.Runtime.InteropServices;
using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export;

/// <summary>What a model takes as its input.</summary>
internal enum InputForm
{
    /// <summary><c>uint8 [N, H, W, C]</c>: the decoded image as it is.</summary>
    Pixels,

    /// <summary><c>float32 [N, C, H, W]</c>: normalised values.</summary>
    Tensor,
}

/// <summary>Images in the form that a model takes.</summary>
internal static class InputForms
{
    /// <summary>The form that a loaded model takes.</summary>
    /// <exception cref="ToolchainException">It takes something else (<see cref="ErrorKind.BadInput"/>).</exception>
    public static InputForm Of(ModelSession session) => session.Inputs switch
    {
        [{ Type: ElementType.UInt8, Shape.Rank: 4 }] => InputForm.Pixels,
        [{ Type: ElementType.Float32, Shape.Rank: 4 }] => InputForm.Tensor,
        var inputs => throw new ToolchainException(
            ErrorKind.BadInput,
            $"Expected one input, uint8 [N, H, W, C] or float32 [N, C, H, W]; found {string.Join(", ", inputs.Select(static i => $"'{i.Name}' {i.Type.Display()} {i.Shape}"))}."),
    };

    /// <summary>Images as a model's input.</summary>
    /// <param name="form">The form to make.</param>
    /// <param name="preprocessing">How a pixel becomes a value.</param>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>; the pixel form is a view of it.</param>
    /// <param name="images">N.</param>
    public static TensorData Make(this InputForm form, Preprocessing preprocessing, ReadOnlyMemory<byte> pixels, int images)
    {
        var (channels, height, width) = (preprocessing.Channels, preprocessing.Height, preprocessing.Width);
        return form switch
        {
            InputForm.Pixels => new(ElementType.UInt8, [images, height, width, channels], pixels),
            InputForm.Tensor => new(ElementType.Float32, [images, channels, height, width], Normalised(preprocessing, pixels.Span)),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Unknown input form."),
        };
    }

    private static byte[] Normalised(Preprocessing preprocessing, ReadOnlySpan<byte> pixels)
    {
        var bytes = new byte[pixels.Length * sizeof(float)];
        preprocessing.Normalise(pixels, MemoryMarshal.Cast<byte, float>(bytes.AsSpan()));
        return bytes;
    }
}
