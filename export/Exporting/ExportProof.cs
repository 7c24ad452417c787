using Toolchain.Data;
using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Exporting;

/// <summary>What was found when an exported file was run.</summary>
/// <param name="Parity">How far it is from what it must equal, and how far it may be.</param>
/// <param name="Against">What it was compared with, in words.</param>
/// <param name="Score">What was measured on the test split; null without a data set.</param>
internal sealed record ProvenExport(ParitySpec Parity, string Against, TestScore? Score);

/// <summary>
/// Runs an exported file and compares it with the probe. Of other sizes and outputs the probe says nothing: then the trained graph is compared with the probe, and the export
/// with the trained graph of those sizes and outputs.
/// </summary>
/// <param name="version">The version.</param>
/// <param name="trained">The trained graph's file.</param>
/// <param name="reference">The trained graph with the export's sizes and outputs.</param>
/// <param name="plan">What was exported.</param>
/// <param name="options">What was asked for.</param>
internal sealed class ExportProof(ModelVersion version, string trained, OnnxModel reference, ExportPlan plan, OnnxExportOptions options)
{
    /// <summary>Proves a file and measures it.</summary>
    /// <exception cref="ToolchainException">It is not well formed (<see cref="ErrorKind.BadInput"/>), or computes something else (<see cref="ErrorKind.Mismatch"/>).</exception>
    public ProvenExport Run(string path, OnnxModel written, Probe probe, Dataset? test, CancellationToken cancellation)
    {
        if (Structure.Problems(written.Graph, written.ValueInfo, written.Opset) is { Count: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The export of model {version} is not well formed: {string.Join("; ", problems)}. Nothing was published.");
        }

        if (options.IsBeyondProbe)
        {
            using var source = LoadedModel.Load(trained, version.Manifest.Preprocessing, options.Session with { FewRuns = true });
            CheckProbe(source, probe, ProbeTolerance.For(Tolerances.Parity, version.Manifest, probe), "trained graph's ");
            var comparison = Compared(path, probe);
            return comparison.Parity.MaxAbsError <= comparison.Parity.Tolerance
                ? new(comparison.Parity, comparison.Against, null)
                : throw Mismatch($"differs from the trained graph by {Display.Number(comparison.Parity.MaxAbsError)}, and {Display.Number(comparison.Parity.Tolerance)} is allowed");
        }

        using var loaded = LoadedModel.Load(path, version.Manifest.Preprocessing, options.Session with { FewRuns = test is null });
        var parity = CheckProbe(loaded, probe, Allowed(probe));
        cancellation.ThrowIfCancellationRequested();
        var score = test is null ? null : TestScore.Measure(loaded, test, options.Batch, cancellation);
        return new(parity, $"the probe's {Samples.Count(version, probe.Images)}", score);
    }

    private (ParitySpec Parity, string Against) Compared(string path, Probe probe)
    {
        try
        {
            return new ReferenceParity(reference, plan.Preprocessing, options.Input, options.Sizes, options.Session).Compare(path, probe, Relative);
        }
        catch (ToolchainException fault) when (fault.Kind is ErrorKind.BadInput or ErrorKind.Mismatch)
        {
            throw new ToolchainException(fault.Kind, $"{fault.Message} Nothing was published.", fault);
        }
    }

    // What is allowed for numbers up to 1 in size.
    private double Relative => options.Half switch
    {
        null => Tolerances.Parity,
        HalfForm.Storage => Tolerances.HalfStorage,
        HalfForm.Compute => Tolerances.HalfCompute,
        var form => throw new InvalidOperationException($"Unknown half-precision form {form}."),
    };

    private double Allowed(Probe probe) => options.Half is null ? ProbeTolerance.For(Relative, version.Manifest, probe) : Relative * Math.Max(1, Largest(probe.Logits));

    private ParitySpec CheckProbe(LoadedModel model, Probe probe, double allowed, string whose = "")
    {
        var error = Parity.WithProbe(model, probe);
        var found = double.IsFinite(error) ? $"differ by up to {Display.Number(error)}, and {Display.Number(allowed)} is allowed" : "are not all numbers";
        return error <= allowed
            ? new(error, allowed)
            : throw Mismatch($"does not compute what its trainer computed: the {whose}{model.Output} of the probe's {Samples.Count(version, probe.Images)} {found}");
    }

    private ToolchainException Mismatch(string problem) => new(
        ErrorKind.Mismatch,
        $"The export of model {version} {problem}. Nothing was published. "
        + (options.Half == HalfForm.Compute ? "Its values may be too large for float16; --storage computes in float32." : "Check that the probe belongs to this graph ('export verify'); if it does, please report the network."));

    private static double Largest(TensorData data)
    {
        var largest = 0.0;
        foreach (var value in data.Values<float>())
        {
            largest = double.IsFinite(value) ? Math.Max(largest, Math.Abs((double)value)) : largest;
        }

        return largest;
    }
}
