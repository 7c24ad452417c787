using Toolchain.Graphs;

namespace Toolchain.Export.Rewrites;

/// <summary>
/// A function from graph to graph that reports what it changed. What existing outputs compute stays the same; each rewrite is one file, and
/// rewrites compose by running one after the other.
/// </summary>
internal abstract record Rewrite
{
    /// <summary>Its name in reports: <c>remove-dropout</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Rewrites a graph; the weights that stay are shared with it, not copied.</summary>
    /// <exception cref="ToolchainException">The graph does not have what the rewrite needs; the message names it.</exception>
    public abstract RewriteResult Apply(Graph graph);

    /// <summary>A result whose report leaves out what did not happen.</summary>
    protected RewriteResult Changed(Graph graph, params ReadOnlySpan<Change> changes)
    {
        var happened = new List<Change>();
        foreach (var change in changes)
        {
            if (change.Count > 0)
            {
                happened.Add(change);
            }
        }

        return new(graph, new(Name, happened.ToEquatableArray()));
    }
}

/// <summary>A rewritten graph and what was changed in it.</summary>
internal sealed record RewriteResult(Graph Graph, RewriteReport Report);

/// <summary>What one rewrite did.</summary>
/// <param name="Rewrite">The rewrite's name.</param>
/// <param name="Changes">Each kind of change that happened; empty when the graph stayed as it was.</param>
internal sealed record RewriteReport(string Rewrite, EquatableArray<Change> Changes)
{
    /// <summary>The number of changes of one kind, such as <c>folded</c>; 0 when there was none.</summary>
    public int Count(string what) => Changes.FirstOrDefault(c => c.What == what)?.Count ?? 0;

    /// <summary>The report of this rewrite and of its next run: what was done adds up, what was left is what was left in the end.</summary>
    public RewriteReport Then(RewriteReport next)
    {
        var done = Changes.Concat(next.Changes).Where(static c => c.IsDone).GroupBy(static c => c.What).Select(static g => new Change(g.Sum(static c => c.Count), g.Key));
        return this with { Changes = [.. done, .. next.Changes.Where(static c => !c.IsDone)] };
    }

    /// <inheritdoc/>
    public override string ToString() => Changes.IsEmpty ? "nothing to do" : string.Join(", ", Changes);
}

/// <summary>So many changes of one kind: 3 folded.</summary>
/// <param name="Count">How many.</param>
/// <param name="What">Of what kind.</param>
/// <param name="IsDone">Whether they were made; otherwise they are what the rewrite had to leave as it was.</param>
internal sealed record Change(int Count, string What, bool IsDone = true)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Count} {What}";
}
