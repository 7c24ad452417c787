using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Exporting;

/// <summary>
/// Compares an exported file with the trained graph that has the same sizes and outputs, run as it stands. The samples are the probe's, repeated to the size that
/// the model takes; where sizes are open, a second, larger size shows that they are.
/// </summary>
internal sealed class ReferenceParity(OnnxModel reference, Preprocessing preprocessing, OnnxExportOptions options)
{
    private const int OpenBatch = 3;
    private const int Larger = 32;

    /// <summary>The largest difference between corresponding outputs, what is allowed, and what was run, in words.</summary>
    /// <exception cref="ToolchainException">One of them cannot be run at a size (<see cref="ErrorKind.BadInput"/>).</exception>
    public (ParitySpec Parity, string Against) Compare(string path, Probe probe)
    {
        var beside = Path.Combine(Path.GetDirectoryName(path)!, "reference.onnx");
        OnnxFile.Write(reference.Graph, beside, new() { Opset = reference.Opset, Domains = reference.Domains });
        try
        {
            using var expected = ModelSession.Load(beside, options.Session with { Optimize = false });
            using var found = ModelSession.Load(path, options.Session with { FewRuns = true });
            var (error, largest, sizes) = (0.0, 1.0, Sizes().ToArray());
            foreach (var (height, width) in sizes)
            {
                var (difference, size) = Difference(expected, found, probe, height, width);
                (error, largest) = (Math.Max(error, difference), Math.Max(largest, size));
            }

            return (new(error, Tolerances.Parity * largest), $"the trained graph at {string.Join(" and ", sizes.Select(static s => $"{s.Height}×{s.Width}"))}");
        }
        finally
        {
            File.Delete(beside);
            File.Delete(OnnxFile.DataOf(beside));
        }
    }

    private IEnumerable<(int Height, int Width)> Sizes()
    {
        var (height, width) = (preprocessing.Height, preprocessing.Width);
        yield return (height, width);
        var (openHeight, openWidth) = (options.Sizes.Height is { IsKnown: false }, options.Sizes.Width is { IsKnown: false });
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
        var right = Run(found, options.Input, sized, samples, batch);
        var (difference, largest) = (0.0, 0.0);
        for (var i = 0; i < left.Count; i++)
        {
            var wanted = left[i].Values<float>();
            var given = right[i].Values<float>();
            if (left[i].Dimensions != right[i].Dimensions)
            {
                throw new ToolchainException(ErrorKind.Mismatch, $"The export gives {right[i].Dimensions} where the trained graph gives {left[i].Dimensions}. Nothing was published.");
            }

            for (var k = 0; k < wanted.Length; k++)
            {
                var apart = Math.Abs((double)wanted[k] - given[k]);
                difference = double.IsNaN(apart) ? double.PositiveInfinity : Math.Max(difference, apart);
                largest = Math.Max(largest, Math.Abs((double)wanted[k]));
            }
        }

        return (difference, largest);
    }

    private static List<TensorData> Run(ModelSession session, InputForm form, Preprocessing sized, ReadOnlyMemory<byte> samples, int batch)
    {
        try
        {
            var results = session.Run(new Dictionary<string, TensorData> { [session.Inputs[0].Name] = form.Make(sized, samples, batch) });
            return [.. session.Outputs.Select(o => results[o.Name])];
        }
        catch (ToolchainException failure)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The model cannot take {Display.Input(sized)}: {failure.Message} Nothing was published.", failure);
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
