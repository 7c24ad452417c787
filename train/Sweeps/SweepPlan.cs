namespace Toolchain.Train.Sweeps;

/// <summary>How values are searched.</summary>
internal enum SweepMethod
{
    /// <summary>Every combination.</summary>
    Grid,

    /// <summary>Combinations at random (Bergstra and Bengio 2012, JMLR 13).</summary>
    Random,

    /// <summary>
    /// Many trials for a few epochs, the best of them for more, and so on (Jamieson and Talwalkar 2016, arXiv 1502.07943). A trial that goes on does so where
    /// it paused, with the schedule of the whole run.
    /// </summary>
    Halving,
}

/// <summary>The words for methods.</summary>
internal static class SweepMethods
{
    /// <summary>The word that files use.</summary>
    public static string Text(this SweepMethod method) => method switch
    {
        SweepMethod.Grid => "grid",
        SweepMethod.Random => "random",
        SweepMethod.Halving => "halving",
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Unknown method."),
    };
}

/// <summary>What a sweep tries.</summary>
/// <param name="Method">How.</param>
/// <param name="Parameters">What it varies.</param>
/// <param name="Trials">Combinations that are drawn; null takes the grid.</param>
/// <param name="FirstEpochs">With halving, the epochs after which the first trials end; 1 by default.</param>
/// <param name="Keep">With halving, one trial of so many goes on; 3 by default.</param>
internal sealed record SweepPlan(SweepMethod Method, IReadOnlyList<SweepParameter> Parameters, int? Trials, int FirstEpochs = 1, int Keep = 3)
{
    private const int LargestGrid = 10_000;

    // A drawn combination that was there before is drawn again, but a small space must not make that endless.
    private const int DrawsPerTrial = 50;

    /// <summary>The combinations of values, in the order in which they are tried; none twice.</summary>
    /// <param name="seed">Decides what is drawn.</param>
    /// <exception cref="ToolchainException">The grid is too large, or a range has no steps (<see cref="ErrorKind.Usage"/>).</exception>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Combinations(long seed) => Trials is { } trials ? Drawn(seed, trials) : Grid();

    /// <summary>The epochs after which trials are compared, the last of which is the whole run.</summary>
    /// <param name="epochs">Epochs of the whole run.</param>
    public IReadOnlyList<int> Rungs(int epochs)
    {
        if (Method != SweepMethod.Halving)
        {
            return [epochs];
        }

        var rungs = new List<int>();
        for (var rung = (long)FirstEpochs; rung < epochs; rung *= Keep)
        {
            rungs.Add((int)rung);
        }

        return [.. rungs, epochs];
    }

    /// <summary>How many of some trials go on to the next rung.</summary>
    public int GoOn(int trials) => Math.Max(1, (trials + Keep - 1) / Keep);

    private List<IReadOnlyDictionary<string, string>> Grid()
    {
        if (Parameters.FirstOrDefault(static p => p.Grid is null) is { } endless)
        {
            throw new ToolchainException(ErrorKind.Usage, $"'{endless.Key}' is a range, of which a grid takes a number of steps. Give its steps, or the number of trials to draw.");
        }

        if (Parameters.Aggregate(1L, static (n, p) => Math.Min(LargestGrid + 1, n * p.Grid!.Count)) > LargestGrid)
        {
            throw new ToolchainException(ErrorKind.Usage, $"The grid has more than {LargestGrid} combinations. Take method random and a number of trials.");
        }

        List<IReadOnlyDictionary<string, string>> all = [new Dictionary<string, string>()];
        foreach (var parameter in Parameters)
        {
            all = [.. all.SelectMany(_ => parameter.Grid!, (c, value) => new Dictionary<string, string>(c, StringComparer.Ordinal) { [parameter.Key] = value })];
        }

        return all;
    }

    private List<IReadOnlyDictionary<string, string>> Drawn(long seed, int trials)
    {
        var random = new SeededRandom(seed, SweepStream);
        var (all, seen) = (new List<IReadOnlyDictionary<string, string>>(), new HashSet<string>(StringComparer.Ordinal));
        for (var draw = 0; draw < trials * DrawsPerTrial && all.Count < trials; draw++)
        {
            var combination = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var parameter in Parameters)
            {
                combination[parameter.Key] = parameter.Draw(ref random);
            }

            if (seen.Add(string.Join('\n', combination.Values)))
            {
                all.Add(combination);
            }
        }

        return all;
    }

    // A stream of its own, apart from those of the data.
    private const long SweepStream = 0x5EEB;
}
