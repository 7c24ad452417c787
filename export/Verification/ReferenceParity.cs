using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Verification;

/// <summary>
/// Compares a file of other sizes or outputs than a model was trained with with the trained graph that has the same, run as it stands. The samples are the probe's,
/// repeated to the size that the file takes; where sizes are open, a second, larger size shows that they are.
/// </summary>
/// <param name="reference">The trained graph with the file's sizes and outputs.</param>
/// <param name="preprocessing">How samples become its input, with the sizes that the file takes as far as they are fixed.</param>
/// <param name="form">What the file takes.</param>
/// <param name="sizes">The sizes that differ from the trained graph's.</param>
/// <param name="session">Where ONNX Runtime runs both.</param>
internal sealed class ReferenceParity(OnnxModel reference, Preprocessing preprocessing, InputForm form, InputSizes sizes, SessionSpec session)
{
    private const int OpenBatch = 3;
    private const int Larger = 32;

    /// <summary>The largest difference between corresponding outputs, what is allowed, and what was run, in words.</summary>
    /// <param name="path">The file.</param>
    /// <param name="probe">The samples.</param>
    /// <param name="allowed">The difference that is allowed for numbers up to 1 in size; above, in proportion to the largest one.</param>
    /// <exception cref="ToolchainException">One of them cannot be run at a size (<see cref="ErrorKind.BadInput"/>), or the shapes differ (<see cref="ErrorKind.Mismatch"/>).</exception>
    public (ParitySpec Parity, string Against) Compare(string path, Probe probe, double allowed)
    {
        using var scratch = new ScratchFolder();
        var beside = Path.Combine(scratch.Path, "reference.onnx");
        OnnxFile.Write(reference.Graph, beside, new() { Opset = reference.Opset, Domains = reference.Domains });
        using var expected = ModelSession.Load(beside, session with { Optimize = false, Warnings = false });
        using var found = ModelSession.Load(path, session with { Warnings = false, FewRuns = true });
        var (error, largest, images) = (0.0, 1.0, Images().ToArray());
        foreach (var (height, width) in images)
        {
            var (difference, size) = Difference(expected, found, probe, height, width);
            (error, largest) = (Math.Max(error, difference), Math.Max(largest, size));
        }

        return (new(error, allowed * largest), $"the trained graph at {string.Join(" and ", images.Select(static s => $"{s.Height}×{s.Width}"))}");
    }

    private IEnumerable<(int Height, int Width)> Images()
    {
        var (height, width) = (preprocessing.Height, preprocessing.Width);
        yield return (height, width);
        var (openHeight, openWidth) = (sizes.Height is { IsKnown: false }, sizes.Width is { IsKnown: false });
        if (openHeight || openWidth)
        {
            yield return (height + (openHeight ? Larger : 0), width + (openWidth ? Larger : 0));
        }
    }

    private (double Difference, double Largest) Difference(ModelSession expected, ModelSession found, Probe probe, int height, int width)
    {
        var sized = preprocessing with { Height = height, Width = width };
        var batch = reference.Graph.Inputs[0].Type.Shape is [{ IsKnown: true } known, ..] ? checked((int)known.Value) : OpenBatch;
        var samples = Repeated(probe, batch, height, width);
        var left = Run(expected, InputForm.Tensor, sized, samples, batch);
        var right = Run(found, form, sized, samples, batch);
        if (!left.Select(static l => l.Dimensions).SequenceEqual(right.Select(static r => r.Dimensions)))
        {
            throw new ToolchainException(ErrorKind.Mismatch, $"The file gives {string.Join(", ", right.Select(static r => r.Dimensions))} where the trained graph gives {string.Join(", ", left.Select(static l => l.Dimensions))}.");
        }

        var (difference, largest) = (0.0, 0.0);
        foreach (var (wanted, given) in left.Zip(right))
        {
            difference = Math.Max(difference, Parity.Difference(wanted.Values<float>(), given.Values<float>()));
            foreach (var value in wanted.Values<float>())
            {
                largest = Math.Max(largest, Math.Abs((double)value));
            }
        }

        return (difference, largest);
    }

    // A file may give more than the graph did, such as probabilities; the graph's own outputs come first, in its order.
    private List<TensorData> Run(ModelSession model, InputForm takes, Preprocessing sized, ReadOnlyMemory<byte> samples, int batch)
    {
        try
        {
            var results = model.Run(new Dictionary<string, TensorData> { [model.Inputs[0].Name] = takes.Make(sized, samples, batch) });
            return [.. model.Outputs.Take(reference.Graph.Outputs.Count).Select(o => results[o.Name])];
        }
        catch (ToolchainException failure)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The model cannot take {Display.Input(sized)}: {failure.Message}", failure);
        }
    }

    private static byte[] Repeated(Probe probe, int batch, int height, int width)
    {
        var (pixel, rows, columns) = ((int)(probe.Pixels.ByteCount / probe.Images / (probe.Pixels.Dimensions[1] * probe.Pixels.Dimensions[2])), (int)probe.Pixels.Dimensions[1], (int)probe.Pixels.Dimensions[2]);
        var source = probe.Take(0, batch).Span;
        var samples = new byte[batch * height * width * pixel];
        for (var (at, to) = (0, 0); to < samples.Length; at++, to += pixel)
        {
            var (image, y, x) = (at / width / height, at / width % height % rows, at % width % columns);
            source.Slice(((((image * rows) + y) * columns) + x) * pixel, pixel).CopyTo(samples.AsSpan(to));
        }

        return samples;
    }
}
