using System.Diagnostics;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Verification;
using Toolchain.Graphs;
using Toolchain.Graphs.Onnx;

namespace Toolchain.Export.Ensembles;

/// <summary>Which layout a file has, and how it was chosen.</summary>
/// <param name="Layout">Branches or grouped.</param>
/// <param name="Timings">What was measured to choose it; empty when nothing was.</param>
/// <param name="Note">Why another layout was not taken; null when it is the one that was asked for.</param>
/// <param name="Parity">How far the file is from the members' own outputs.</param>
/// <param name="Allowed">The largest difference that was allowed.</param>
internal sealed record LayoutChoice(EnsembleLayout Layout, EquatableArray<LayoutTiming> Timings, string? Note, EnsembleParity Parity, double Allowed);

/// <summary>Makes the file of an ensemble that servers take.</summary>
/// <param name="plan">The ensemble.</param>
/// <param name="reference">What it must give.</param>
/// <param name="options">The layout, and where ONNX Runtime runs it.</param>
/// <param name="scratch">A folder for files that are compared and not kept.</param>
internal sealed class ServedEnsemble(EnsemblePlan plan, EnsembleReference reference, EnsembleOptions options, string scratch)
{
    /// <summary>Writes the file in the layout that was asked for and proves it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">What the file says about itself.</param>
    /// <param name="folding">Runs while graphs are merged and written.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <returns>The layout that the file has.</returns>
    /// <exception cref="ToolchainException">The members cannot be grouped (<see cref="ErrorKind.BadInput"/>), or a difference is too large (<see cref="ErrorKind.Mismatch"/>).</exception>
    public LayoutChoice Write(string path, IReadOnlyDictionary<string, string> metadata, Stopwatch folding, CancellationToken cancellation)
    {
        var plain = plan with { Input = plan.Input.Plain };
        folding.Start();
        var graphs = Task.WhenAll(plan.Members.Select(static m => Task.Run(() => m.GraphWith(RewritePipeline.Inference)))).GetAwaiter().GetResult();
        folding.Stop();
        switch (options.Layout)
        {
            case EnsembleLayout.Branches:
                return Proven(EnsembleLayout.Branches, Write(path, BranchLayout.Merge(plain, graphs)));
            case EnsembleLayout.Grouped:
                return Proven(EnsembleLayout.Grouped, Write(path, GroupedLayout.Merge(plain, graphs)));
            case EnsembleLayout.Auto:
                var branches = Proven(EnsembleLayout.Branches, Write(path, BranchLayout.Merge(plain, graphs)));
                cancellation.ThrowIfCancellationRequested();
                return Faster(branches, path);
            default:
                throw new InvalidOperationException($"Unknown layout {options.Layout}.");
        }

        string Write(string target, Graph graph)
        {
            folding.Start();
            graph = plan.Input.Plain.TakingSamples(graph) with { Metadata = metadata };
            OnnxFile.Write(graph, target, plan.WriteOptions);
            folding.Stop();
            return target;
        }

        // Members that cannot be grouped, or are not the same when they are, stay branches: either layout is right.
        LayoutChoice Faster(LayoutChoice branches, string kept)
        {
            try
            {
                // A model names the file of its external weights, so both files keep their names when they are moved.
                var other = Path.Combine(Directory.CreateDirectory(Path.Combine(scratch, "grouped")).FullName, Path.GetFileName(kept));
                var grouped = Proven(EnsembleLayout.Grouped, Write(other, GroupedLayout.Merge(plain, graphs)));
                var timings = LayoutTiming.Measure(plan.Input.Preprocessing, options.Session, kept, other, cancellation);
                if (LayoutTiming.Ratio(timings) >= 1)
                {
                    return branches with { Timings = timings };
                }

                Replace(kept, other);
                return grouped with { Timings = timings };
            }
            catch (ToolchainException refusal) when (refusal.Kind is ErrorKind.BadInput or ErrorKind.Mismatch)
            {
                return branches with { Note = refusal.Message };
            }
        }
    }

    private static void Replace(string kept, string other)
    {
        File.Delete(OnnxFile.DataOf(kept));
        if (File.Exists(OnnxFile.DataOf(other)))
        {
            File.Move(OnnxFile.DataOf(other), OnnxFile.DataOf(kept));
        }

        File.Move(other, kept, overwrite: true);
    }

    private LayoutChoice Proven(EnsembleLayout layout, string path)
    {
        var allowed = layout == EnsembleLayout.Grouped ? Tolerances.GroupedEnsemble : Tolerances.Ensemble;
        return new(layout, [], null, new EnsembleProof(plan, reference, options.Session).Require(path, allowed), allowed);
    }
}
