using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Graphs.Safetensors;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>
/// Runs the probe, the inputs whose outputs the trainer computed, through a loaded model: what is served must be what was trained. It is the
/// model's first run too, so that the first request finds it warm.
/// </summary>
internal static class ProbeCheck
{
    /// <summary>The largest absolute difference of a value that is allowed: float32 rounding of a deep network, and far below a change of the answer.</summary>
    public const float Tolerance = 1e-3f;

    private const string Pixels = "pixels";

    /// <summary>Compares every output that the probe has; a version without a probe (an imported file) passes.</summary>
    /// <exception cref="ToolchainException">They differ (<see cref="ErrorKind.Mismatch"/>), or the probe does not belong to the model (<see cref="ErrorKind.BadInput"/>).</exception>
    public static void Run(ModelVersion version, ModelSession session, RowLayout layout)
    {
        if (version.Manifest.Find(ArtifactKinds.Probe) is null)
        {
            return;
        }

        var probe = SafetensorsFile.Read(version.OpenArtifact(ArtifactKinds.Probe).Path).Tensors;
        var expected = probe.Where(tensor => layout.Outputs.Any(o => o.Name == tensor.Key)).ToList();
        if (!probe.TryGetValue(Pixels, out var pixels) || expected.Count == 0)
        {
            throw new ToolchainException(
                ErrorKind.BadInput,
                $"The probe of model {version} has the tensors {string.Join(", ", probe.Select(static t => t.Key))}; expected '{Pixels}' and one of the model's outputs {string.Join(", ", layout.Outputs.Select(static o => o.Name))}.");
        }

        var outputs = session.Run(new Dictionary<string, TensorData> { [layout.Inputs[0].Name] = Input(version, layout, pixels) });
        foreach (var (name, values) in expected)
        {
            Compare(version, name, values, outputs[name]);
        }
    }

    private static TensorData Input(ModelVersion version, RowLayout layout, TensorData pixels)
    {
        var row = pixels.Dimensions.Skip(1).ToEquatableArray();
        return (layout.Inputs, row) switch
        {
            ([{ Type: ElementType.UInt8 } image], _) when image.Dimensions == row => pixels,
            ([{ Type: ElementType.Float32 } tensor], [var height, var width, var channels]) when tensor.Dimensions == [channels, height, width] => Normalised(version.Manifest.Preprocessing, pixels),
            _ => throw new ToolchainException(
                ErrorKind.BadInput,
                $"The probe of model {version} has images of shape {row}, and the model takes {string.Join(" and ", layout.Inputs.Select(static i => $"'{i.Name}' {i.Type.Display()} {i.Dimensions}"))}."),
        };
    }

    // A model without normalisation in its graph takes float32 [N, C, H, W].
    private static TensorData Normalised(Preprocessing preprocessing, TensorData pixels)
    {
        var (channels, area) = (preprocessing.Channels, preprocessing.Height * preprocessing.Width);
        var source = pixels.Values<byte>();
        var planes = new float[source.Length];
        for (var i = 0; i < source.Length; i++)
        {
            var (image, place, channel) = (i / (area * channels), i / channels % area, i % channels);
            planes[(((image * channels) + channel) * area) + place] = (source[i] * preprocessing.Scale(channel)) + preprocessing.Offset(channel);
        }

        return TensorData.Of<float>(planes, pixels.Dimensions[0], channels, preprocessing.Height, preprocessing.Width);
    }

    private static void Compare(ModelVersion version, string name, TensorData expected, TensorData found)
    {
        var trained = expected.Values<float>();
        var served = found.Values<float>();
        if (expected.Dimensions != found.Dimensions)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The probe of model {version} has '{name}' of shape {expected.Dimensions}, and the model gives {found.Dimensions}.");
        }

        var error = 0f;
        for (var i = 0; i < trained.Length; i++)
        {
            // A value that is not a number counts as a difference: the larger of it and any other is itself.
            error = MathF.Max(error, MathF.Abs(trained[i] - served[i]));
        }

        if (!(error <= Tolerance))
        {
            throw new ToolchainException(
                ErrorKind.Mismatch,
                string.Create(CultureInfo.InvariantCulture, $"Model {version} does not give what was trained: '{name}' of its probe differs by {error:G3} (allowed: {Tolerance:G3}). Export it again; 'export verify {version}' shows more."));
        }
    }
}
