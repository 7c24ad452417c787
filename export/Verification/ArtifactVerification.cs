using System.Globalization;
using Toolchain.Data;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Verification;

/// <summary>Checks one graph of a version, step by step until one shows that the next cannot run.</summary>
internal sealed class ArtifactVerification(ModelVersion version, ArtifactManifest artifact, SessionSpec session)
{
    private readonly List<CheckResult> _checks = [];
    private OnnxModel? _file;

    /// <summary>Checks the file, its structure, that ONNX Runtime takes it, and what it computes.</summary>
    public ArtifactReport Run(Probe? probe, Dataset? test, int batch, CancellationToken cancellation)
    {
        double? error = null;
        TestScore? score = null;
        if (Add(ModelVerification.Hash(version, artifact)) && Check("structure", CheckStructure) && (VariantReference.HasFeatures(_file!.Graph) || Check("labels", CheckLabels)))
        {
            LoadedModel? model = null;
            if (Check("runtime", () => Load(out model)))
            {
                using (model)
                {
                    Check("warnings", () => Silent(model!));
                    if (Reference(model!, out var reference))
                    {
                        error = probe is null ? null : Compare(model!, reference, probe);
                        cancellation.ThrowIfCancellationRequested();
                        score = test is null || reference is not null ? null : Measure(model!, test, batch, cancellation);
                    }
                }
            }
        }

        return new(artifact.File, artifact.Kind, _checks.ToEquatableArray(), error, score);
    }

    private string FilePath => Path.Combine(version.Folder, artifact.File);

    private bool Check(string name, Func<string> check) => Add(ModelVerification.Attempt(name, check));

    private bool Add(CheckResult result)
    {
        _checks.Add(result);
        return result.Passed;
    }

    private string CheckStructure()
    {
        var model = _file = OnnxFile.Read(FilePath);
        return Structure.Problems(model.Graph, model.ValueInfo, model.Opset) is { Count: > 0 } problems
            ? throw new ToolchainException(ErrorKind.BadInput, string.Join("; ", problems))
            : string.Create(CultureInfo.InvariantCulture, $"{Display.Count(model.Graph.Nodes.Count, "node")}, {Display.Count(model.Graph.Initializers.Count, "initializer")}, opset {model.Opset}, IR {model.IrVersion}");
    }

    private string CheckLabels()
    {
        var labels = version.Manifest.Labels.Count;
        var name = ModelTensors.Trained([.. _file!.Graph.Outputs.Select(static o => o.Name)]);
        return _file.Graph.Outputs.First(o => o.Name == name).Type.Shape is [_, var width, ..] && !OutputLabels.Fit(version.Manifest, width)
            ? throw new ToolchainException(ErrorKind.BadInput, $"the manifest has {Display.Count(labels, "label")}, and the graph gives {width} {name}")
            : labels == 0 ? "not known" : Display.Count(labels, "label");
    }

    private string Load(out LoadedModel model)
    {
        model = LoadedModel.Load(FilePath, version.Manifest.Preprocessing, session with { Warnings = true });
        return $"ONNX Runtime {RuntimeDevices.Version} on {model.Device}, input {(model.Form == InputForm.Pixels ? ModelTensors.Input(version.Manifest.Preprocessing.Samples) : "tensor")}";
    }

    // ONNX Runtime goes on where it warns; a file that is to be served gives it no reason to.
    private static string Silent(LoadedModel model) => model.Warnings.Count == 0
        ? "none"
        : throw new ToolchainException(ErrorKind.BadInput, $"ONNX Runtime warns: {string.Join("; ", model.Warnings.Take(3))}{(model.Warnings.Count > 3 ? $"; and {model.Warnings.Count - 3} more" : "")}");

    // A file of other sizes or outputs is compared with the trained graph, and the others with the probe.
    private bool Reference(LoadedModel model, out VariantReference? reference)
    {
        VariantReference? found = null;
        var result = ModelVerification.Attempt("probe", () =>
        {
            found = artifact.Kind == ArtifactKinds.Variant ? VariantReference.Of(version, _file!, model.Form) : null;
            return "";
        });
        reference = found;
        return result.Passed || Add(result);
    }

    private double? Compare(LoadedModel model, VariantReference? reference, Probe probe)
    {
        double? error = null;
        var compared = Check("probe", () =>
        {
            var (parity, samples) = reference is null
                ? (new ParitySpec(Parity.WithProbe(model, probe), ProbeTolerance.For(Tolerances.Parity, version.Manifest, probe)), $"on {Samples.Count(version, probe.Images)}")
                : reference.Compare(FilePath, model.Form, probe, session);
            error = parity.MaxAbsError;
            var allowed = artifact.Parity?.Tolerance ?? parity.Tolerance;
            return Within(error.Value, allowed, $"max abs error {Display.Number(error)} {samples}, {Display.Number(allowed)} allowed");
        });
        if (compared && reference is null)
        {
            Check("batches", () =>
            {
                var difference = Parity.BetweenBatches(model, probe);
                var allowed = artifact.Precision == "float16" ? Tolerances.HalfCompute : Tolerances.Batches;
                return Within(difference, allowed, $"1, 3 and 8 {Samples.Noun(version)}s at once: {model.Output} differ by {Display.Number(difference)}, {Display.Number(allowed)} allowed");
            });
        }

        return error;
    }

    private TestScore? Measure(LoadedModel model, Dataset test, int batch, CancellationToken cancellation)
    {
        TestScore? score = null;
        Check(TestScore.MetricOf(test.Task), () =>
        {
            score = TestScore.Measure(model, test, batch, cancellation);
            return score.Describe(version);
        });
        return score;
    }

    private static string Within(double value, double allowed, string what) => value <= allowed ? what : throw new ToolchainException(ErrorKind.Mismatch, what);
}
