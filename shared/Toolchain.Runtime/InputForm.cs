using System.Runtime.InteropServices;
using Toolchain.Graphs;

namespace Toolchain.Runtime;

/// <summary>What a model takes as its input.</summary>
public enum InputForm
{
    /// <summary>The sample as it is: a decoded image, <c>uint8 [N, H, W, C]</c>, or the numbers of a table, <c>float32 [N, 1, 1, C]</c>.</summary>
    Pixels,

    /// <summary><c>float32 [N, C, H, W]</c>: normalised values.</summary>
    Tensor,
}

/// <summary>Samples in the form that a model takes.</summary>
public static class InputForms
{
    /// <summary>The form that a loaded model takes; of tables only the input's name tells one column from one normalised value.</summary>
    /// <param name="session">The model.</param>
    /// <param name="samples">What it was trained on.</param>
    /// <exception cref="ToolchainException">It takes something else (<see cref="ErrorKind.BadInput"/>).</exception>
    public static InputForm Of(ModelSession session, SampleKind samples) => session.Inputs switch
    {
        [{ Type: ElementType.UInt8, Shape.Rank: 4 }] when samples == SampleKind.Pixels => InputForm.Pixels,
        [{ Type: ElementType.Float32, Shape.Rank: 4 } only] when samples == SampleKind.Numbers && only.Name == ModelTensors.Numbers => InputForm.Pixels,
        [{ Type: ElementType.Float32, Shape.Rank: 4 }] => InputForm.Tensor,
        var inputs => throw new ToolchainException(
            ErrorKind.BadInput,
            $"Expected one input, {(samples == SampleKind.Pixels ? "uint8 [N, H, W, C]" : $"'{ModelTensors.Numbers}' float32 [N, 1, 1, C]")} or float32 [N, C, H, W]; found {string.Join(", ", inputs.Select(static i => $"'{i.Name}' {i.Type.Display()} {i.Shape}"))}."),
    };

    /// <summary>Samples as a model's input.</summary>
    /// <param name="form">The form to make.</param>
    /// <param name="preprocessing">How a sample becomes normalised values.</param>
    /// <param name="samples">The bytes of <c>uint8 [N, H, W, C]</c>, or of <c>float32 [N, 1, 1, C]</c> for a table; the pixel form is a view of them.</param>
    /// <param name="count">N.</param>
    public static TensorData Make(this InputForm form, Preprocessing preprocessing, ReadOnlyMemory<byte> samples, int count)
    {
        var (channels, height, width) = (preprocessing.Channels, preprocessing.Height, preprocessing.Width);
        var type = preprocessing.Samples == SampleKind.Pixels ? ElementType.UInt8 : ElementType.Float32;
        return form switch
        {
            InputForm.Pixels => new(type, [count, height, width, channels], samples),
            InputForm.Tensor => new(ElementType.Float32, [count, channels, height, width], Normalised(preprocessing, samples.Span)),
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Unknown input form."),
        };
    }

    private static byte[] Normalised(Preprocessing preprocessing, ReadOnlySpan<byte> samples)
    {
        if (preprocessing.Samples == SampleKind.Numbers)
        {
            var values = new byte[samples.Length];
            preprocessing.Normalise(MemoryMarshal.Cast<byte, float>(samples), MemoryMarshal.Cast<byte, float>(values.AsSpan()));
            return values;
        }

        var planes = new byte[samples.Length * sizeof(float)];
        preprocessing.Normalise(samples, MemoryMarshal.Cast<byte, float>(planes.AsSpan()));
        return planes;
    }
}
