using System.Globalization;

namespace Toolchain.Train.Loop;

/// <summary>What is shown live of a run: a bar of its steps, and the latest figures.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="Step">Steps that have ended.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
internal sealed record TrainingStatus(int Epoch, long Epochs, long Step, long TotalSteps)
{
    private const int WidestBar = 40;

    /// <summary>The epoch's training loss and accuracy so far.</summary>
    public SplitScore Score { get; init; }

    /// <summary>The last step's base rate.</summary>
    public double LearningRate { get; init; }

    /// <summary>Training samples per second.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>How long the rest will take; null while nothing is known.</summary>
    public TimeSpan? Left { get; init; }

    /// <summary>Physical memory of this process.</summary>
    public long ResidentBytes { get; init; }

    /// <summary>The share of the bar that is full, in characters.</summary>
    /// <param name="width">Characters of a line.</param>
    public (int Full, int Empty) Bar(int width)
    {
        var bar = Math.Clamp(width - Progress.Length - 2, 0, WidestBar);
        var full = TotalSteps == 0 ? 0 : (int)(bar * Step / TotalSteps);
        return (full, bar - full);
    }

    /// <summary>How far the run has come: what stands behind the bar.</summary>
    public string Progress => Invariant(
        $"{(TotalSteps == 0 ? 0 : 100 * Step / TotalSteps),3} %  epoch {Epoch}/{Epochs}  {(Left is { } left ? $"{Text(left)} left" : "")}").TrimEnd();

    /// <summary>The figures, in one line: the first ones of them where not all have room.</summary>
    /// <param name="width">Characters of a line.</param>
    public string FiguresWithin(int width)
    {
        var line = "";
        foreach (var figure in Score.Images == 0 ? [] : Figures)
        {
            var longer = line.Length == 0 ? figure : $"{line}  {figure}";
            if (longer.Length > width)
            {
                break;
            }

            line = longer;
        }

        return line;
    }

    private string[] Figures =>
    [
        Invariant($"loss {Score.Loss:f4}"),
        .. Score.Accuracy is { } accuracy ? (string[])[Invariant($"accuracy {accuracy:p1}")] : [],
        Invariant($"lr {LearningRate:g3}"),
        Invariant($"{ImagesPerSecond:n0} images/s"),
        Invariant($"{ResidentBytes >> 20:n0} MiB"),
    ];

    private static string Text(TimeSpan left) => left.TotalHours >= 1
        ? Invariant($"{(long)left.TotalHours}:{left.Minutes:d2}:{left.Seconds:d2}")
        : Invariant($"{left.Minutes}:{left.Seconds:d2}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
