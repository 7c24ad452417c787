using Toolchain.Graphs;
using Toolchain.Runtime;

namespace Toolchain.Export.Importing;

/// <summary>A foreign file as ONNX Runtime runs it: what everything made of it has to agree with. The caller disposes it.</summary>
internal sealed class ForeignModel : IDisposable
{
    private readonly ModelSession _session;
    private readonly ForeignInput _input;

    private ForeignModel(ModelSession session, ForeignInput input) => (_session, _input) = (session, input);

    /// <summary>Loads the file.</summary>
    /// <exception cref="ToolchainException">ONNX Runtime refuses it (<see cref="ErrorKind.BadInput"/>).</exception>
    public static ForeignModel Load(ForeignInput input, ImportOptions options) => new(ModelSession.Load(options.File, options.Session), input);

    /// <summary>What the file gives for some samples, as float32 with the samples first; a file of a fixed batch is run as often as it takes.</summary>
    /// <param name="values">Normalised samples, <c>float32 [n, C, H, W]</c>.</param>
    /// <param name="output">The output to compute.</param>
    /// <exception cref="ToolchainException">It cannot be run, or does not give floats for each sample (<see cref="ErrorKind.BadInput"/>).</exception>
    public TensorData Run(TensorData values, string output)
    {
        var count = (int)values.Dimensions[0];
        var batch = _input.Batch is { IsKnown: true, Value: var fixedBatch } ? (int)Math.Clamp(fixedBatch, 1, int.MaxValue) : count;
        var rows = new List<float>();
        EquatableArray<long>? dimensions = null;
        for (var first = 0; first < count; first += batch)
        {
            var found = Numbers(_session.Run(new Dictionary<string, TensorData> { [_input.Name] = ForeignSamples.Of(values, first, batch, _input) }, [output])[output]);
            if (found.Dimensions.Count == 0 || found.Dimensions[0] != batch)
            {
                throw new ToolchainException(ErrorKind.BadInput, $"Output '{output}' is {found} for {batch} samples; it must have one row for each.");
            }

            var row = (int)(found.ElementCount / batch);
            rows.AddRange(found.Values<float>()[..(Math.Min(batch, count - first) * row)]);
            dimensions = [count, .. found.Dimensions.Skip(1)];
        }

        return TensorData.Of<float>(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rows), dimensions!.Value.AsSpan());
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static TensorData Numbers(TensorData found) => found.Type switch
    {
        ElementType.Float32 => found,
        ElementType.Float16 => TensorData.Of<float>([.. found.Values<Half>().ToArray().Select(static v => (float)v)], found.Dimensions.AsSpan()),
        ElementType.Float64 => TensorData.Of<float>([.. found.Values<double>().ToArray().Select(static v => (float)v)], found.Dimensions.AsSpan()),
        _ => throw new ToolchainException(ErrorKind.BadInput, $"The output is {found}; floats are needed. Choose another with --output."),
    };
}
