using System.Globalization;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Serve.Models;

/// <summary>
/// Runs the probe, the samples whose outputs the trainer computed, through a loaded model: what is served must be what was trained. It is the
/// model's first run too, so that the first request finds it warm.
/// </summary>
internal static class ProbeCheck
{
    /// <summary>
    /// The largest absolute difference of a logit that is allowed: float32 rounding of a deep network, and far below a change of the answer. Logits beyond
    /// the usual, and values of a regression, may be apart in proportion to the largest (<see cref="ProbeTolerance"/>).
    /// </summary>
    public const double Tolerance = 1e-3;

    /// <summary>Compares the output that was trained; a version without a probe (an imported file) passes.</summary>
    /// <exception cref="ToolchainException">They differ (<see cref="ErrorKind.Mismatch"/>), or the probe does not belong to the model (<see cref="ErrorKind.BadInput"/>).</exception>
    public static void Run(ModelVersion version, ModelSession session, RowLayout layout)
    {
        if (version.Manifest.Find(ArtifactKinds.Probe) is null)
        {
            return;
        }

        var probe = Probe.Open(version);
        var name = ModelTensors.Trained([.. layout.Outputs.Select(static o => o.Name)]);
        var found = session.Run(new Dictionary<string, TensorData> { [layout.Inputs[0].Name] = Input(version, session, layout, probe) }, [name])[name];
        Compare(version, name, probe, found);
    }

    private static TensorData Input(ModelVersion version, ModelSession session, RowLayout layout, Probe probe)
    {
        var preprocessing = version.Manifest.Preprocessing;
        var input = InputForms.Of(session, preprocessing.Samples).Make(preprocessing, probe.Pixels.Bytes, probe.Images);
        return layout.Inputs[0].Dimensions == input.Dimensions.Skip(1).ToEquatableArray() ? input : throw new ToolchainException(
            ErrorKind.BadInput,
            $"The probe of model {version} has samples of shape {input.Dimensions.Skip(1).ToEquatableArray()}, and the model takes '{layout.Inputs[0].Name}' {layout.Inputs[0].Type.Display()} {layout.Inputs[0].Dimensions}. Export it again.");
    }

    private static void Compare(ModelVersion version, string name, Probe probe, TensorData found)
    {
        if (probe.Logits.Dimensions != found.Dimensions)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The probe of model {version} has '{name}' of shape {probe.Logits.Dimensions}, and the model gives {found.Dimensions}.");
        }

        var trained = probe.Logits.Values<float>();
        var served = found.Values<float>();
        var error = 0f;
        for (var i = 0; i < trained.Length; i++)
        {
            // A value that is not a number counts as a difference: the larger of it and any other is itself.
            error = MathF.Max(error, MathF.Abs(trained[i] - served[i]));
        }

        var allowed = ProbeTolerance.For(Tolerance, version.Manifest, probe);
        if (!(error <= allowed))
        {
            throw new ToolchainException(
                ErrorKind.Mismatch,
                string.Create(CultureInfo.InvariantCulture, $"Model {version} does not give what was trained: '{name}' of its probe differs by {error:G3} (allowed: {allowed:G3}). Export it again; 'export verify {version}' shows more."));
        }
    }
}
