using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Verification;

/// <summary>An ONNX file loaded into ONNX Runtime, with what its model was trained to give. The caller disposes it.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly ModelSession _session;
    private readonly Preprocessing _preprocessing;

    private LoadedModel(ModelSession session, Preprocessing preprocessing)
    {
        (_session, _preprocessing, Form) = (session, preprocessing, InputForms.Of(session, preprocessing.Samples));
        Output = ModelTensors.Trained([.. session.Outputs.Select(static o => o.Name)]);
    }

    /// <summary>What it takes.</summary>
    public InputForm Form { get; }

    /// <summary>The output that it was trained to give: <c>logits</c> or <c>values</c>, or the name that a trained graph has for it.</summary>
    public string Output { get; }

    /// <summary>Where it runs.</summary>
    public DeviceSpec Device => _session.Device;

    /// <summary>What ONNX Runtime warned of while it loaded the file, if that was asked for.</summary>
    public IReadOnlyList<string> Warnings => _session.Warnings;

    /// <summary>Loads a file.</summary>
    /// <exception cref="ToolchainException">ONNX Runtime refuses it, or it takes no samples (<see cref="ErrorKind.BadInput"/>).</exception>
    public static LoadedModel Load(string path, Preprocessing preprocessing, SessionSpec spec)
    {
        var session = ModelSession.Load(path, spec);
        try
        {
            return new(session, preprocessing);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>What it gives for some samples: <c>float32 [N, K]</c>, or <c>[N, K, H, W]</c> of a segmentation.</summary>
    /// <param name="samples">The bytes of <c>uint8 [N, H, W, C]</c>, or of <c>float32 [N, 1, 1, C]</c> for a table.</param>
    /// <param name="count">N.</param>
    /// <exception cref="ToolchainException">It gives something else (<see cref="ErrorKind.BadInput"/>).</exception>
    public TensorData Run(ReadOnlyMemory<byte> samples, int count)
    {
        var found = _session.Inputs[0].Shape is [{ IsKnown: true } batch, ..] && batch != count ? InParts(samples, count, checked((int)batch.Value)) : RunOnce(samples, count);
        return found is { Type: ElementType.Float32, Dimensions: [_, _] or [_, _, _, _] } && found.Dimensions[0] == count
            ? found
            : throw new ToolchainException(ErrorKind.BadInput, $"Output '{Output}' must be float32 [{count}, K] or [{count}, K, H, W] for {count} samples, found {found}.");
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private TensorData RunOnce(ReadOnlyMemory<byte> samples, int count) =>
        _session.Run(new Dictionary<string, TensorData> { [_session.Inputs[0].Name] = Form.Make(_preprocessing, samples, count) }, [Output])[Output];

    // A model with a fixed batch runs as often as it takes; the last batch is filled up with zeros, whose results are left out.
    private TensorData InParts(ReadOnlyMemory<byte> samples, int count, int batch)
    {
        var size = samples.Length / count;
        var results = new List<TensorData>();
        for (var first = 0; first < count; first += batch)
        {
            var part = new byte[batch * size];
            samples[(first * size)..Math.Min(samples.Length, (first + batch) * size)].CopyTo(part);
            results.Add(RunOnce(part, batch));
        }

        EquatableArray<long> dimensions = [count, .. results[0].Dimensions.Skip(1)];
        var row = results[0].ByteCount / batch;
        return new(results[0].Type, dimensions, results.SelectMany(static r => r.Bytes.ToArray()).Take(checked((int)(row * count))).ToArray());
    }
}
