using Toolchain.Data;
using Toolchain.Export.Rewrites;
using Toolchain.Export.Verification;
using Toolchain.Graphs.Onnx;
using Toolchain.Runtime;

namespace Toolchain.Export.Ensembles.Soups;

/// <summary>A model that was a candidate for a soup.</summary>
/// <param name="Member">The model.</param>
/// <param name="Score">What it reaches by itself on the validation samples; null when that was not measured.</param>
/// <param name="IsTaken">Whether it is in the soup.</param>
internal sealed record SoupCandidate(EnsembleMember Member, TestScore? Score, bool IsTaken);

/// <summary>Chooses the models of a soup.</summary>
/// <param name="validation">Samples that no model has learned from.</param>
/// <param name="session">Where ONNX Runtime runs.</param>
/// <param name="batch">Samples per run.</param>
/// <param name="folder">A folder for files that only this run needs.</param>
internal sealed class GreedySoup(Dataset validation, SessionSpec session, int batch, string folder)
{
    /// <summary>
    /// Wortsman et al. 2022, recipe 1: from the best model to the worst, each one is added to the average when that does not make it worse.
    /// </summary>
    /// <returns>The models from best to worst, and what the soup reaches.</returns>
    public (SoupCandidate[] Candidates, TestScore? Score) Choose(IReadOnlyList<EnsembleMember> members, CancellationToken cancellation)
    {
        var alone = members.Select(m => (Member: m, Score: Measure([m], cancellation))).OrderByDescending(static m => Worth(m.Score)).ToArray();
        var (taken, best) = (new List<EnsembleMember> { alone[0].Member }, alone[0].Score);
        foreach (var (member, _) in alone.Skip(1))
        {
            var score = Measure([.. taken, member], cancellation);
            if (Worth(score) >= Worth(best))
            {
                taken.Add(member);
                best = score;
            }
        }

        return ([.. alone.Select(m => new SoupCandidate(m.Member, m.Score, taken.Contains(m.Member)))], best);
    }

    private TestScore Measure(IReadOnlyList<EnsembleMember> members, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        double[] shares = [.. members.Select(m => 1.0 / members.Count)];
        var path = Path.Combine(folder, "candidate.onnx");
        var graph = RewritePipeline.Inference.Apply(WeightSoup.Average([.. members.Select(static m => m.Model.Graph)], shares)).Graph;
        OnnxFile.Write(graph, path, OnnxWriteOptions.Like(members[0].Model) with { Opset = EnsembleMember.WriteOptions(members).Opset });
        using var loaded = LoadedModel.Load(path, WeightSoup.Average([.. members.Select(static m => m.Preprocessing)], shares), session);
        return TestScore.Measure(loaded, validation, batch, cancellation);
    }

    // Of a regression the smaller error is the better one.
    private static double Worth(TestScore score) => score.Accuracy ?? -score.Value;
}
