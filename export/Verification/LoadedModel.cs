using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Verification;

/// <summary>An ONNX file loaded into ONNX Runtime as a classifier of images. The caller disposes it.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly ModelSession _session;
    private readonly Preprocessing _preprocessing;

    private LoadedModel(ModelSession session, Preprocessing preprocessing) => (_session, _preprocessing, Form) = (session, preprocessing, InputForms.Of(session));

    /// <summary>What it takes.</summary>
    public InputForm Form { get; }

    /// <summary>Where it runs.</summary>
    public DeviceSpec Device => _session.Device;

    /// <summary>Loads a file.</summary>
    /// <exception cref="ToolchainException">ONNX Runtime refuses it, or it is no classifier of images (<see cref="ErrorKind.BadInput"/>).</exception>
    public static LoadedModel Load(string path, Preprocessing preprocessing, SessionSpec spec)
    {
        var session = ModelSession.Load(path, spec);
        try
        {
            return session.Outputs.Any(static o => o.Name == AddSoftmax.Logits)
                ? new(session, preprocessing)
                : throw new ToolchainException(ErrorKind.BadInput, $"'{path}' has no output '{AddSoftmax.Logits}'; it has {string.Join(", ", session.Outputs.Select(static o => $"'{o.Name}'"))}.");
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The logits of some images, <c>float32 [images, classes]</c>.</summary>
    /// <param name="pixels"><c>uint8 [N, H, W, C]</c>.</param>
    /// <param name="images">N.</param>
    public TensorData Logits(ReadOnlyMemory<byte> pixels, int images)
    {
        var input = Form.Make(_preprocessing, pixels, images);
        var logits = _session.Run(new Dictionary<string, TensorData> { [_session.Inputs[0].Name] = input }, [AddSoftmax.Logits])[AddSoftmax.Logits];
        return logits is { Type: ElementType.Float32, Dimensions: [var rows, _] } && rows == images
            ? logits
            : throw new ToolchainException(ErrorKind.BadInput, $"Output '{AddSoftmax.Logits}' must be float32 [{images}, classes] for {images} images, found {logits}.");
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
