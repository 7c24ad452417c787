namespace Toolchain.Graphs.Weights;

/// <summary>What became of the weights in a file and of those that a network needs. Names are the network's, without a stripped prefix.</summary>
public sealed record WeightReport
{
    /// <summary>The network's weights that were taken from the file.</summary>
    public required IReadOnlyList<string> Loaded { get; init; }

    /// <summary>The network's weights that the file does not have.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Weights of the file that the network does not have.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>Weights that both have, in different shapes, or in types between which nothing is converted.</summary>
    public required IReadOnlyList<WeightMismatch> Mismatched { get; init; }

    /// <summary>Counters that PyTorch keeps and no network computes with: <c>num_batches_tracked</c>.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    /// <summary>Further names of loaded tensors, for layers that share their weights: the file has as many names as the network has uses.</summary>
    public required IReadOnlyList<string> Tied { get; init; }

    /// <summary>Loaded weights whose number format was changed to the network's.</summary>
    public required IReadOnlyList<WeightConversion> Converted { get; init; }

    /// <summary>The prefix that all names of the file had and the network's have not, as <c>nn.DataParallel</c> adds it; null when there was none.</summary>
    public string? StrippedPrefix { get; init; }

    /// <summary>Whether every weight of the network was loaded and nothing was left over.</summary>
    public bool IsComplete => Missing.Count + Unexpected.Count + Mismatched.Count == 0;

    /// <summary>The report in lines of text.</summary>
    public IReadOnlyList<string> Lines()
    {
        var lines = new List<string> { $"loaded: {Loaded.Count} of {Loaded.Count + Missing.Count + Mismatched.Count} weights" };
        Add("missing", Missing);
        Add("unexpected", Unexpected);
        Add("mismatched", [.. Mismatched.Select(static m => m.ToString())]);
        Add("ignored", Ignored);
        Add("tied", Tied);
        lines.AddRange(Converted.GroupBy(static c => (c.From, c.To)).Select(static g => $"converted: {g.Count()} from {g.Key.From.Display()} to {g.Key.To.Display()}"));
        if (StrippedPrefix is not null)
        {
            lines.Add($"prefix: '{StrippedPrefix}' stripped from every name");
        }

        return lines;

        void Add(string title, IReadOnlyList<string> names)
        {
            if (names.Count > 0)
            {
                lines.Add($"{title}: {names.Count} ({WeightNames.List(names)})");
            }
        }
    }
}

/// <summary>A weight that does not fit.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Expected">What the network has.</param>
/// <param name="Found">What the file has.</param>
public sealed record WeightMismatch(string Name, TensorType Expected, TensorType Found)
{
    /// <summary>The weight with expected and found.</summary>
    public override string ToString() => $"{WeightNames.Shown(Name)}: expected {Expected}, found {Found}";
}

/// <summary>A weight whose number format was changed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="From">The file's type.</param>
/// <param name="To">The network's type.</param>
public sealed record WeightConversion(string Name, ElementType From, ElementType To);
