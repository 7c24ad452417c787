using Toolchain.Graphs;
using Toolchain.Graphs.Safetensors;

namespace Toolchain.Registry;

/// <summary>
/// A few samples and what the trainer's network computed for them in float32, before any softmax. It travels with the model, and whatever is made of the model must
/// reproduce it: at export, and when a server loads it.
/// </summary>
/// <param name="Pixels">Images, <c>uint8 [n, H, W, C]</c>; of a table its rows, <c>float32 [n, 1, 1, C]</c>.</param>
/// <param name="Logits">
/// The first output of the trained graph, <c>float32 [n, K]</c>: logits of classes, or the values of a regression; <c>[n, K, H, W]</c> of a segmentation.
/// </param>
public sealed record Probe(TensorData Pixels, TensorData Logits)
{
    private const string PixelsName = "pixels";
    private const string LogitsName = "logits";

    /// <summary>The number of samples, at least 1.</summary>
    public int Images => (int)Pixels.Dimensions[0];

    /// <summary>The number of classes or values, K.</summary>
    public int Outputs => (int)Logits.Dimensions[1];

    /// <summary>The numbers of <see cref="Logits"/> for one sample: K, or K · H · W.</summary>
    public int OutputLength => (int)(Logits.ElementCount / Images);

    /// <summary>Writes the probe as safetensors.</summary>
    public void Write(string path) => SafetensorsFile.Write(path, [KeyValuePair.Create(PixelsName, Pixels), KeyValuePair.Create(LogitsName, Logits)]);

    /// <summary>Reads the probe of a version, its hash compared.</summary>
    /// <exception cref="ToolchainException">
    /// The version has none (<see cref="ErrorKind.NotFound"/>), or it is damaged or for other samples (<see cref="ErrorKind.BadInput"/>).
    /// </exception>
    public static Probe Open(ModelVersion version)
    {
        if (version.Manifest.Find(ArtifactKinds.Probe) is null)
        {
            throw new ToolchainException(ErrorKind.NotFound, $"Model {version} has no probe, the samples and logits that its trainer stores, so nothing can show that an export equals it. Train it again, or publish it with a probe.");
        }

        var tensors = SafetensorsFile.Read(version.ReadArtifact(ArtifactKinds.Probe)).Tensors;
        var input = version.Manifest.Preprocessing;
        var pixels = Tensor(PixelsName);
        var logits = Tensor(LogitsName);
        var type = input.Samples == SampleKind.Pixels ? ElementType.UInt8 : ElementType.Float32;
        if (pixels is not { Dimensions: [>= 1, _, _, _] } || pixels.Type != type || pixels.Dimensions.Skip(1).SequenceEqual([input.Height, input.Width, input.Channels]) is false)
        {
            throw Fail($"'pixels' must be {type.Display()} [n, {input.Height}, {input.Width}, {input.Channels}] with n ≥ 1, found {pixels}");
        }

        return logits is { Type: ElementType.Float32, Dimensions: [_, >= 1] or [_, >= 1, >= 1, >= 1] } && logits.Dimensions[0] == pixels.Dimensions[0]
            ? new(pixels, logits)
            : throw Fail($"'logits' must be float32 [{pixels.Dimensions[0]}, K] or [{pixels.Dimensions[0]}, K, H, W], found {logits}");

        TensorData Tensor(string name) => tensors.TryGetValue(name, out var tensor) ? tensor : throw Fail($"it has no tensor '{name}'");

        ToolchainException Fail(string problem) => new(ErrorKind.BadInput, $"Probe '{version.Manifest.Find(ArtifactKinds.Probe)!.File}' of model {version}: {problem}. Publish the model again.");
    }

    /// <summary>The bytes of samples from <paramref name="first"/> on, from the beginning again after the last one.</summary>
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
