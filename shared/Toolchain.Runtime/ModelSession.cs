using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Runtime;

/// <summary>An input or output of a loaded model; a variable dimension carries its symbol or is unknown.</summary>
public sealed record ModelTensor(string Name, ElementType Type, Shape Shape);

/// <summary>How a session runs.</summary>
public sealed record SessionSpec
{
    /// <summary>Where it runs; <see cref="DeviceKind.Auto"/> takes CUDA where there is one.</summary>
    public DeviceSpec Device { get; init; } = DeviceSpec.Auto;

    /// <summary>Threads of one run; 0 takes one per physical core.</summary>
    public int Threads { get; init; }

    /// <summary>Whether runs use the pool that all such sessions of the process share (<see cref="RuntimeThreads.TrySharePool"/>), whatever <see cref="Threads"/> is; off by default.</summary>
    public bool SharesPool { get; init; }

    /// <summary>Whether idle threads spin for work; off by default, since decoding and serving share the cores.</summary>
    public bool Spinning { get; init; }

    /// <summary>Whether ONNX Runtime optimises the graph at load; on by default.</summary>
    public bool Optimize { get; init; } = true;

    /// <summary>
    /// Whether it will run a few times only. Weights are then used where they lie in the file; otherwise they are rearranged for this machine's vector units, which makes runs
    /// faster and takes a copy of them. Off by default.
    /// </summary>
    public bool FewRuns { get; init; }

    /// <summary>Whether <see cref="ModelSession.Warnings"/> has what ONNX Runtime warns of while it loads; off by default.</summary>
    public bool Warnings { get; init; }
}

/// <summary>A model loaded into ONNX Runtime, which maps large weights out of the file; the file must stay as it is while the session lives. Runs may be concurrent. The caller disposes it, after the last run has ended.</summary>
public sealed class ModelSession : IDisposable
{
    // Below this, mapping weights one by one is not worth its while.
    private const long SmallFile = 16 << 20;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();

    private ModelSession(InferenceSession session, DeviceSpec device)
    {
        (_session, Device) = (session, device);
        Inputs = Describe(session.InputNames, session.InputMetadata);
        Outputs = Describe(session.OutputNames, session.OutputMetadata);
    }

    /// <summary>The device that it runs on.</summary>
    public DeviceSpec Device { get; }

    /// <summary>What ONNX Runtime warned of while it loaded the model, if that was asked for.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The model's inputs, in order.</summary>
    public IReadOnlyList<ModelTensor> Inputs { get; }

    /// <summary>The model's outputs, in order.</summary>
    public IReadOnlyList<ModelTensor> Outputs { get; }

    /// <summary>Loads a model file.</summary>
    /// <exception cref="ToolchainException">ONNX Runtime refuses the file, or the device is not there.</exception>
    public static ModelSession Load(string path, SessionSpec? spec = null) => Load(path, spec ?? new(), options => Open(path, options));

    /// <summary>Loads a model that is in memory.</summary>
    /// <param name="content">The file's content, which is not needed any more afterwards. Weights are inside: ONNX Runtime would look for others in the working directory.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="spec">How it runs.</param>
    /// <exception cref="ToolchainException">ONNX Runtime refuses the content, or the device is not there.</exception>
    public static ModelSession Load(byte[] content, string name, SessionSpec? spec = null) => Load(name, spec ?? new(), options => new InferenceSession(content, options));

    /// <inheritdoc cref="Load(byte[], string, SessionSpec?)"/>
    public static ModelSession Load(MemoryFile content, string name, SessionSpec? spec = null) => Load(name, spec ?? new(), options => new InferenceSession(content.Path, options), content.Path);

    private static ModelSession Load(string name, SessionSpec spec, Func<SessionOptions, InferenceSession> open, string? hiddenPath = null)
    {
        var device = RuntimeDevices.Resolve(spec.Device);
        using var options = new SessionOptions
        {
            IntraOpNumThreads = spec.Threads,
            GraphOptimizationLevel = !spec.Optimize ? GraphOptimizationLevel.ORT_DISABLE_ALL : spec.FewRuns ? GraphOptimizationLevel.ORT_ENABLE_EXTENDED : GraphOptimizationLevel.ORT_ENABLE_ALL,

            // A plan for each size of a batch is one block beside the pieces that the first run of that size took: up to twice the memory, for no time that could be measured.
            EnableMemoryPattern = false,
            LogSeverityLevel = spec.Warnings ? OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING : OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spec.Spinning ? "1" : "0");
        if (spec.SharesPool)
        {
            options.DisablePerSessionThreads();
        }

        try
        {
            if (device.Kind == DeviceKind.Cuda)
            {
                UseCuda(options, device);
            }

            if (!spec.Warnings)
            {
                return new(open(options), device);
            }

            var session = RuntimeLog.Listen(
                id =>
                {
                    options.LogId = id;
                    return open(options);
                },
                out var warnings);
            return new(session, device) { Warnings = warnings };
        }
        catch (OnnxRuntimeException refusal)
        {
            var reason = hiddenPath is null ? refusal.Message : refusal.Message.Replace(hiddenPath, name, StringComparison.Ordinal);
            throw new ToolchainException(ErrorKind.BadInput, $"ONNX Runtime {RuntimeDevices.Version} cannot load '{name}' on {device}: {reason.Trim()}", refusal);
        }
    }

    /// <summary>Runs the model on tensors in CPU memory.</summary>
    /// <param name="inputs">One tensor for every input of the model.</param>
    /// <param name="outputs">The outputs to compute; all when null.</param>
    /// <returns>The outputs by name, copied into memory of their own.</returns>
    /// <exception cref="ToolchainException">An input is missing or does not fit, or the run fails (<see cref="ErrorKind.BadInput"/>).</exception>
    public IReadOnlyDictionary<string, TensorData> Run(IReadOnlyDictionary<string, TensorData> inputs, IReadOnlyList<string>? outputs = null)
    {
        outputs ??= [.. Outputs.Select(static o => o.Name)];
        var pins = new List<MemoryHandle>();
        var values = new List<OrtValue>();
        try
        {
            foreach (var (name, data) in inputs)
            {
                pins.Add(data.Bytes.Pin());
                values.Add(Borrow(pins[^1], data));
            }

            using var results = _session.Run(_runOptions, [.. inputs.Keys], values, outputs);
            return outputs.Zip(results).ToDictionary(static p => p.First, static p => Copy(p.Second), StringComparer.Ordinal);
        }
        catch (OnnxRuntimeException failure)
        {
            throw Failed(failure);
        }
        finally
        {
            values.ForEach(static v => v.Dispose());
            pins.ForEach(static p => p.Dispose());
        }
    }

    /// <summary>Runs the model from and into memory of the caller's.</summary>
    /// <exception cref="ToolchainException">The run fails (<see cref="ErrorKind.BadInput"/>).</exception>
    internal void Run(RunOptions options, string[] inputs, OrtValue[] inputValues, string[] outputs, OrtValue[] outputValues)
    {
        try
        {
            _session.Run(options, inputs, inputValues, outputs, outputValues);
        }
        catch (OnnxRuntimeException failure)
        {
            throw Failed(failure);
        }
    }

    /// <summary>An allocator of a kind of memory, which the caller disposes before the session; null when the session has none of that kind.</summary>
    internal OrtAllocator? Allocator(OrtMemoryInfo kind)
    {
        try
        {
            return new(_session, kind);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }

    // Batches come in all sizes, and cuDNN would try every algorithm of every convolution for each size that it has not met before.
    private static void UseCuda(SessionOptions options, DeviceSpec device)
    {
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(new Dictionary<string, string> { ["device_id"] = device.Index.ToString(CultureInfo.InvariantCulture), ["cudnn_conv_algo_search"] = "HEURISTIC" });
        options.AppendExecutionProvider_CUDA(cuda);
    }

    // ONNX Runtime has a model's own weights in memory two or three times while it loads them; external ones it maps, and lets go when it has made its own of them.
    private static InferenceSession Open(string path, SessionOptions options)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length < SmallFile)
        {
            return new(path, options);
        }

        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", file.DirectoryName!);
        var session = new InferenceSession(OnnxOutline.Of(path), options);
        NativeHeap.Trim();
        return session;
    }

    private static ToolchainException Failed(OnnxRuntimeException failure) =>
        new(ErrorKind.BadInput, $"ONNX Runtime could not run the model: {failure.Message.Trim()}", failure);

    private static unsafe OrtValue Borrow(MemoryHandle pin, TensorData data) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, (TensorElementType)data.Type, [.. data.Dimensions], (nint)pin.Pointer, data.ByteCount);

    private static TensorData Copy(OrtValue value)
    {
        var type = value.GetTensorTypeAndShape();
        return new((ElementType)type.ElementDataType, type.Shape.ToEquatableArray(), value.GetTensorMutableRawData().ToArray());
    }

    private static List<ModelTensor> Describe(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> metadata) => [.. names.Select(name =>
    {
        var (dimensions, symbols) = (metadata[name].Dimensions, metadata[name].SymbolicDimensions);
        return new ModelTensor(name, (ElementType)metadata[name].ElementDataType, [.. dimensions.Select((d, i) => d >= 0 ? d : symbols[i].Length > 0 ? symbols[i] : Dimension.Unknown)]);
    })];
}
