using Toolchain.Graphs;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Registry;

/// <summary>
/// A few images and the logits that the trainer computed for them in float32. It travels with the model, and whatever is made of the model must
/// reproduce it: at export, and when a server loads it.
/// </summary>
/// <param name="Pixels"><c>uint8 [n, H, W, C]</c>.</param>
/// <param name="Logits"><c>float32 [n, classes]</c>.</param>
public sealed record Probe(TensorData Pixels, TensorData Logits)
{
    private const string PixelsName = "pixels";
    private const string LogitsName = "logits";

    /// <summary>The number of images, at least 1.</summary>
    public int Images => (int)Pixels.Dimensions[0];

    /// <summary>The number of logits per image.</summary>
    public int Classes => (int)Logits.Dimensions[1];

    /// <summary>Writes the probe as safetensors.</summary>
    public void Write(string path) => SafetensorsFile.Write(path, [KeyValuePair.Create(PixelsName, Pixels), KeyValuePair.Create(LogitsName, Logits)]);

    /// <summary>Reads the probe of a version, its hash compared.</summary>
    /// <exception cref="ToolchainException">
    /// The version has none (<see cref="ErrorKind.NotFound"/>), or it is damaged or for other images (<see cref="ErrorKind.BadInput"/>).
    /// </exception>
    public static Probe Open(ModelVersion version)
    {
        if (version.Manifest.Find(ArtifactKinds.Probe) is null)
        {
            throw new ToolchainException(ErrorKind.NotFound, $"Model {version} has no probe, the images and logits that its trainer stores, so nothing can show that an export equals it. Train it again, or publish it with a probe.");
        }

        var artifact = version.OpenArtifact(ArtifactKinds.Probe);
        var tensors = SafetensorsFile.Read(artifact.Path).Tensors;
        var input = version.Manifest.Preprocessing;
        var pixels = Tensor(PixelsName);
        var logits = Tensor(LogitsName);
        if (pixels is not { Type: ElementType.UInt8, Dimensions: [>= 1, _, _, _] } || pixels.Dimensions.Skip(1).SequenceEqual([input.Height, input.Width, input.Channels]) is false)
        {
            throw Fail($"'pixels' must be uint8 [n, {input.Height}, {input.Width}, {input.Channels}] with n ≥ 1, found {pixels}");
        }

        return logits is { Type: ElementType.Float32, Dimensions: [_, >= 1] } && logits.Dimensions[0] == pixels.Dimensions[0]
            ? new(pixels, logits)
            : throw Fail($"'logits' must be float32 [{pixels.Dimensions[0]}, classes], found {logits}");

        TensorData Tensor(string name) => tensors.TryGetValue(name, out var tensor) ? tensor : throw Fail($"it has no tensor '{name}'");

        ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"Probe '{artifact.Path}' of model {version}: {problem}. Publish the model again.");
    }

    /// <summary>Images from <paramref name="first"/> on, from the beginning again after the last one.</summary>
    public ReadOnlyMemory<byte> Take(int first, int count)
    {
        var size = (int)(Pixels.ByteCount / Images);
        var taken = new byte[count * size];
        for (var i = 0; i < count; i++)
        {
            Pixels.Bytes.Slice((first + i) % Images * size, size).CopyTo(taken.AsMemory(i * size));
        }

        return taken;
    }
}
