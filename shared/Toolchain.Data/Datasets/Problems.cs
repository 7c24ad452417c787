namespace Toolchain.Data;

/// <summary>Everything that is wrong with a data set, as far as it is worth reading, for one message.</summary>
/// <param name="subject">What the message begins with.</param>
/// <param name="advice">What to do.</param>
internal sealed class Problems(string subject, string advice = "Correct the data")
{
    private const int Shown = 20;
    private readonly List<string> _shown = [];
    private int _count;

    /// <summary>Notes a problem.</summary>
    public void Add(string problem)
    {
        if (_count++ < Shown)
            _shown.Add(problem);
    }

    /// <summary>Ends with all problems that were noted, if any.</summary>
    /// <exception cref="ToolchainException">There is at least one (<see cref="ErrorKind.BadInput"/>).</exception>
    public void ThrowIfAny()
    {
        if (_count == 0)
            return;
        var rest = _count > Shown ? $"\n  … and {_count - Shown} more" : "";
        throw new ToolchainException(ErrorKind.BadInput, $"{subject}: {_count} {(_count == 1 ? "problem" : "problems")}. {advice}:\n  {string.Join("\n  ", _shown)}{rest}");
    }
}
