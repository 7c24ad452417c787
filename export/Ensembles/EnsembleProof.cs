using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Registry.Cli;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>How far an ensemble is from what it must give; infinite where something is no number.</summary>
/// <param name="Error">
/// The largest absolute difference of a probability, or of the disagreement in nats, from the members' own average; of a regression, in proportion to the
/// largest value where that is above 1.
/// </param>
/// <param name="ProbeError">The largest absolute difference of a logit or value from the probe's, as whoever loads the model will measure it.</param>
internal sealed record EnsembleParity(double Error, double ProbeError);

/// <summary>Compares a written ensemble with the average of its members' own outputs.</summary>
/// <param name="plan">The ensemble.</param>
/// <param name="reference">What it must give.</param>
/// <param name="session">Where ONNX Runtime runs it.</param>
internal sealed class EnsembleProof(EnsemblePlan plan, EnsembleReference reference, SessionSpec session)
{
    /// <summary>Runs a file, which takes samples as they are or normalised.</summary>
    /// <exception cref="ToolchainException">
    /// The file is not well formed, or ONNX Runtime refuses it (<see cref="ErrorKind.BadInput"/>), or it gives something else than the members do (<see cref="ErrorKind.Mismatch"/>).
    /// </exception>
    public EnsembleParity Require(string path, double allowed)
    {
        var file = OnnxFile.Read(path);
        if (Structure.Problems(file.Graph, file.ValueInfo, file.Opset) is { Count: > 0 } problems)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"The merged graph is not well formed: {string.Join("; ", problems)}. Nothing was published; please report it with the models.");
        }

        var parity = Measure(path);
        Require(parity.Error, allowed, "the average of its members' own outputs");
        Require(parity.ProbeError, ProbeTolerance.For(Tolerances.Parity, plan.Manifest, reference.Probe(plan)), "its probe");
        return parity;
    }

    private EnsembleParity Measure(string path)
    {
        using var model = ModelSession.Load(path, session with { FewRuns = true });
        var input = InputForms.Of(model, plan.Input.Preprocessing.Samples).Make(plan.Input.Preprocessing, reference.Samples, reference.Count);
        var trained = plan.IsRegression ? ModelTensors.Values : ModelTensors.Logits;
        var averaged = plan.IsRegression ? ModelTensors.Values : ModelTensors.Probabilities;
        var found = model.Run(new Dictionary<string, TensorData> { [model.Inputs[0].Name] = input });
        var size = plan.IsRegression ? Math.Max(1, reference.Mean.Max(Math.Abs)) : 1;
        var errors = new List<double>
        {
            Difference(found[averaged], reference.Mean) / size,
            Difference(found[ModelTensors.Disagreement], reference.Disagreement) / (size * size),
        };
        if (plan.WithMembers)
        {
            errors.Add(Difference(found[ModelTensors.Members], Interleaved()) / size);
        }

        return new(errors.Max(), Difference(found[trained], reference.Trained(plan)));
    }

    private static void Require(double error, double allowed, string what)
    {
        if (!(error <= allowed))
        {
            throw new ToolchainException(
                ErrorKind.Mismatch,
                $"The merged graph does not give {what}: they {(double.IsFinite(error) ? $"differ by up to {Display.Number(error)}, and {Display.Number(allowed)} is allowed" : "are not all numbers")}. Nothing was published. "
                + "Check each member with 'export verify'; if they are sound, please report it with the models.");
        }
    }

    // [n, members, …], as the ensemble gives them.
    private EquatableArray<double> Interleaved()
    {
        var values = new List<double>();
        var perSample = reference.Mean.Count / reference.Count;
        for (var sample = 0; sample < reference.Count; sample++)
        {
            foreach (var member in reference.Members)
            {
                foreach (var value in member.Values<float>().Slice(sample * perSample, perSample))
                {
                    values.Add(value);
                }
            }
        }

        return values.ToEquatableArray();
    }

    private static double Difference(TensorData found, EquatableArray<double> expected)
    {
        var values = found.Values<float>();
        if (values.Length != expected.Count)
        {
            return double.PositiveInfinity;
        }

        var largest = 0.0;
        for (var i = 0; i < values.Length; i++)
        {
            var difference = Math.Abs(values[i] - expected[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }
}
