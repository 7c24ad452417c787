using System.Globalization;
using Toolchain.Data;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Verification;

/// <summary>Checks everything that a version holds: files, graphs, and what the graphs compute.</summary>
/// <param name="session">Where ONNX Runtime runs the graphs.</param>
/// <param name="batch">Samples per run while measuring.</param>
internal sealed class ModelVerification(SessionSpec session, int batch)
{
    /// <summary>Checks a version. Faults are in the report.</summary>
    /// <param name="version">The version.</param>
    /// <param name="data">The data set to measure on; null for none.</param>
    /// <param name="cancellation">Ends the check between two steps.</param>
    /// <exception cref="ToolchainException">The data set cannot be used.</exception>
    public VerificationReport Run(ModelVersion version, string? data, CancellationToken cancellation)
    {
        var test = data is null ? null : TestSplit.Open(data, version);
        var (probe, probeReport) = OpenProbe(version);
        var artifacts = new List<ArtifactReport>();
        foreach (var artifact in version.Manifest.Artifacts)
        {
            cancellation.ThrowIfCancellationRequested();
            artifacts.Add(artifact.Kind switch
            {
                ArtifactKinds.Probe when probeReport.File == artifact.File => probeReport,
                ArtifactKinds.Graph or ArtifactKinds.Model or ArtifactKinds.Variant => new ArtifactVerification(version, artifact, session).Run(probe, test, batch, cancellation),
                _ => new(artifact.File, artifact.Kind, [Hash(version, artifact)]),
            });
        }

        return new(version, probe is null && version.Manifest.Find(ArtifactKinds.Probe) is null ? [.. artifacts, probeReport] : artifacts.ToEquatableArray());
    }

    /// <summary>Compares a file with the manifest.</summary>
    public static CheckResult Hash(ModelVersion version, ArtifactManifest artifact) => Attempt("hash", () =>
    {
        version.OpenArtifact(artifact.File);
        return $"{Display.Bytes(artifact.Bytes)}, SHA-256 {artifact.Sha256[..12]}…";
    });

    /// <summary>Runs a check that says what it found; a failure becomes its result.</summary>
    public static CheckResult Attempt(string name, Func<string> check)
    {
        try
        {
            return new(name, null, check());
        }
        catch (ToolchainException fault)
        {
            return new(name, fault.Kind, fault.Message);
        }
    }

    private static (Probe?, ArtifactReport) OpenProbe(ModelVersion version)
    {
        Probe? probe = null;
        var check = Attempt("probe", () =>
        {
            probe = Probe.Open(version);
            return string.Create(CultureInfo.InvariantCulture, $"{Samples.Count(version, probe.Images)}, {probe.OutputLength} {(version.Manifest.Task == ModelTask.Regression.Text() ? ModelTensors.Values : ModelTensors.Logits)} each");
        });
        var artifact = version.Manifest.Find(ArtifactKinds.Probe);
        return (probe, new(artifact?.File ?? "(no probe)", ArtifactKinds.Probe, artifact is null ? [check] : [Hash(version, artifact), check]));
    }
}
