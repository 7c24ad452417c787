namespace Toolchain.Graphs.Weights;

/// <summary>A network with the weights of a file.</summary>
/// <param name="Graph">The network; what the file does not have keeps the values that it had.</param>
/// <param name="Report">What was loaded and what was not.</param>
public sealed record WeightMatching(Graph Graph, WeightReport Report)
{
    private const string ParallelPrefix = "module.";
    private const string Counter = "num_batches_tracked";

    /// <summary>Gives a network the weights of the same names; names are compared exactly, shapes are never changed. See <see cref="WeightReport"/> for all that may happen.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="found">The weights; when all names begin with <c>module.</c> and the network's do not, it is stripped.</param>
    public static WeightMatching Of(Graph graph, OrderedWeights found)
    {
        var prefix = found.Count > 0 && found.Keys.All(static n => n.StartsWith(ParallelPrefix, StringComparison.Ordinal))
            && !graph.Initializers.Keys.All(static n => n.StartsWith(ParallelPrefix, StringComparison.Ordinal)) ? ParallelPrefix : null;
        var named = prefix is null ? found : new(found.Select(p => KeyValuePair.Create(p.Key[prefix.Length..], p.Value)));

        var (loaded, missing, mismatched, converted) = (new List<string>(), new List<string>(), new List<WeightMismatch>(), new List<WeightConversion>());
        var initializers = graph.Initializers.Select((name, current) =>
        {
            if (!named.TryGetValue(name, out var data))
            {
                missing.Add(name);
                return current;
            }

            if (data.Dimensions != current.Dimensions || !ElementConversion.Exists(data.Type, current.Type))
            {
                mismatched.Add(new(name, current.TensorType, data.TensorType));
                return current;
            }

            loaded.Add(name);
            if (data.Type != current.Type)
            {
                converted.Add(new(name, data.Type, current.Type));
            }

            return data.To(current.Type);
        });

        var others = named.Keys.Where(n => !graph.Initializers.ContainsKey(n)).ToArray();
        var tied = TiedNames(graph, named, loaded);
        return new(graph with { Initializers = initializers }, new()
        {
            Loaded = loaded,
            Missing = missing,
            Mismatched = mismatched,
            Converted = converted,
            Ignored = [.. others.Where(IsCounter)],
            Tied = [.. others.Where(tied.Contains)],
            Unexpected = [.. others.Where(n => !IsCounter(n) && !tied.Contains(n))],
            StrippedPrefix = prefix,
        });
    }

    /// <summary>Loads the weights of a file into a network, and fails unless they fit.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="found">The weights.</param>
    /// <param name="source">What errors call them: the file.</param>
    /// <param name="lenient">Whether to load what fits and report the rest; false by default, when anything missing, unexpected or mismatched is an error.</param>
    /// <exception cref="ToolchainException">They do not fit; the message lists all problems (<see cref="ErrorKind.BadInput"/>). Lenient: nothing fits.</exception>
    public static WeightMatching Load(Graph graph, OrderedWeights found, string source, bool lenient = false)
    {
        var matching = Of(graph, found);
        var report = matching.Report;
        if (report.Loaded.Count == 0)
        {
            throw new ToolchainException(ErrorKind.BadInput, $"None of the {found.Count} weights in '{source}' fits network '{graph.Name}'.{Problems(report)}");
        }

        return lenient || report.IsComplete ? matching : throw new ToolchainException(
            ErrorKind.BadInput,
            $"The weights in '{source}' do not fit network '{graph.Name}' ({report.Loaded.Count} of {graph.Initializers.Count} do).{Problems(report)}\nGive the network the arguments, image size and classes that it was trained with, or load only what fits with --lenient.");
    }

    private static string Problems(WeightReport report)
    {
        var lines = report.Mismatched.Take(10).Select(static m => $"mismatched: {m}").ToList();
        if (report.Mismatched.Count > lines.Count)
        {
            lines.Add($"mismatched: {report.Mismatched.Count - lines.Count} more");
        }

        if (report.Missing.Count > 0)
        {
            lines.Add($"missing: {report.Missing.Count} ({WeightNames.ListWithHints(report.Missing, report.Unexpected)})");
        }

        if (report.Unexpected.Count > 0)
        {
            lines.Add($"unexpected: {report.Unexpected.Count} ({WeightNames.List(report.Unexpected)})");
        }

        return string.Concat(lines.Select(static line => $"\n  {line}"));
    }

    // PyTorch stores a module that stands several times in a list under several names over one tensor. Where the network applies one weight as
    // many times as the file has names for it, they are the same sharing.
    private static HashSet<string> TiedNames(Graph graph, OrderedWeights named, List<string> loaded)
    {
        var uses = graph.Nodes.SelectMany(static n => n.Inputs).CountBy(static i => i, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var names = named.ToLookup(static p => p.Value, static p => p.Key, ReferenceEqualityComparer.Instance);
        return loaded
            .Select(name => (name, all: names[named[name]].ToArray()))
            .Where(l => l.all.Length > 1 && l.all.Length == uses.GetValueOrDefault(l.name))
            .SelectMany(static l => l.all)
            .ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsCounter(string name) => name == Counter || name.EndsWith($".{Counter}", StringComparison.Ordinal);
}
