using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Toolchain.Runtime;

namespace Toolchain.Bench.Serving;

/// <summary>What everything is compared with: ONNX Runtime's own session, with tensors that stay where they are. Of one input of pixels, and all outputs.</summary>
internal sealed unsafe class BareSession : IDisposable
{
    private const int Alignment = 64;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue _input;
    private readonly OrtValue[] _outputs;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly byte* _pixels;

    /// <summary>Loads a model.</summary>
    /// <param name="file">The model.</param>
    /// <param name="threads">Threads of a run, which do not spin: the server's do not either.</param>
    /// <param name="batch">Rows of a run.</param>
    public BareSession(string file, int threads, int batch)
    {
        // The first to ask for ONNX Runtime's environment is the toolchain, as in the server: without its reports to its maker.
        _ = RuntimeDevices.Version;
        using var options = new SessionOptions { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new(file, options);
        var input = _session.InputMetadata.Single();
        Dimensions = [.. input.Value.Dimensions.Skip(1)];
        Bytes = batch * Dimensions.Aggregate(1, static (product, d) => product * d);
        _pixels = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, Alignment);
        _inputNames = [input.Key];
        _input = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, TensorElementType.UInt8, [batch, .. Dimensions.Select(static d => (long)d)], (nint)_pixels, Bytes);
        _outputNames = [.. _session.OutputNames];
        _outputs = [.. _outputNames.Select(name => OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, TensorElementType.Float, [batch, .. _session.OutputMetadata[name].Dimensions.Skip(1).Select(static d => (long)d)]))];
    }

    /// <summary>One image: H, W, C.</summary>
    public int[] Dimensions { get; }

    /// <summary>The bytes of the input.</summary>
    public int Bytes { get; }

    /// <summary>The input, <c>uint8 [N, H, W, C]</c>.</summary>
    public Span<byte> Pixels => new(_pixels, Bytes);

    /// <summary>Runs the model.</summary>
    public void Run() => _session.Run(_options, _inputNames, [_input], _outputNames, _outputs);

    /// <inheritdoc/>
    public void Dispose()
    {
        _input.Dispose();
        foreach (var output in _outputs)
        {
            output.Dispose();
        }

        _options.Dispose();
        _session.Dispose();
        NativeMemory.AlignedFree(_pixels);
    }
}
