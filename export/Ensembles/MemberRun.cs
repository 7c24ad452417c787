using Toolchain.Export.Rewrites;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;
using Toolchain.Registry;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles;

/// <summary>Runs members by themselves, as they would be served.</summary>
/// <param name="plan">The ensemble.</param>
/// <param name="session">Where ONNX Runtime runs them.</param>
/// <param name="folder">A folder for files that only this run needs.</param>
internal sealed class MemberRun(EnsemblePlan plan, SessionSpec session, string folder)
{
    /// <summary>What a member gives for samples in the ensemble's size: its published export's answer, or that of an export made here.</summary>
    /// <param name="member">The member.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="count">How many.</param>
    public TensorData Outputs(EnsembleMember member, ReadOnlyMemory<byte> samples, int count)
    {
        var (own, whole) = (member.Preprocessing, plan.Input.Preprocessing);
        var sameSize = (own.Height, own.Width) == (whole.Height, whole.Width);
        var published = sameSize && member.Version.Manifest.Find(ArtifactFiles.Model) is { Precision: "float32" };
        var path = published ? member.Version.OpenArtifact(ArtifactFiles.Model).Path : Exported(member);
        using var model = ModelSession.Load(path, session with { FewRuns = true });
        var form = InputForms.Of(model, own.Samples);
        var input = sameSize ? form.Make(own, samples, count) : Resized(member, samples, count);
        return model.Run(new Dictionary<string, TensorData> { [model.Inputs[0].Name] = input }, [member.Output])[member.Output];
    }

    private string Exported(EnsembleMember member)
    {
        var path = Path.Combine(folder, "member.onnx");
        OnnxFile.Write(member.GraphWith(RewritePipeline.Inference), path, EnsembleMember.WriteOptions([member]) with { KnownTypes = member.Model.ValueInfo });
        return path;
    }

    // The ensemble's own way to the member's input, alone: the runtime interpolates, and what it gives is what the member alone is given.
    private TensorData Resized(EnsembleMember member, ReadOnlyMemory<byte> samples, int count)
    {
        var (taken, nodes) = (plan.Input.Plain, new NodeList(EnsembleHead.Reserved));
        var value = taken.ValueFor(member.Preprocessing, nodes);
        var way = taken.TakingSamples(new()
        {
            Name = "input",
            Inputs = [new(EnsembleInput.Name, taken.Type)],
            Outputs = [new(value, taken.Type with { Shape = ["N", member.Preprocessing.Channels, member.Preprocessing.Height, member.Preprocessing.Width] })],
            Nodes = nodes.Nodes,
            Initializers = OrderedWeights.Empty,
        });
        var path = Path.Combine(folder, "input.onnx");
        OnnxFile.Write(way, path);
        using var model = ModelSession.Load(path, session);
        return model.Run(new Dictionary<string, TensorData> { [model.Inputs[0].Name] = InputForm.Pixels.Make(taken.Preprocessing, samples, count) }, [value])[value];
    }
}
