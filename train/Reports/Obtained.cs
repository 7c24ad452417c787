namespace Toolchain.Train.Reports;

/// <summary>Something for a report, or why it could not be had: a report says so instead of leaving it out.</summary>
/// <param name="Value">It; null when it could not be had.</param>
/// <param name="WhyNot">The reason, in sentences; null when it could.</param>
internal sealed record Obtained<T>(T? Value, string? WhyNot)
    where T : class
{
    /// <summary>Obtains it.</summary>
    /// <param name="obtain">Gets it; an expected failure becomes the reason.</param>
    public static Obtained<T> From(Func<T> obtain)
    {
        try
        {
            return new(obtain(), null);
        }
        catch (ToolchainException failure)
        {
            return new(null, failure.Message);
        }
    }

    /// <summary>It is known beforehand that it cannot be had.</summary>
    public static Obtained<T> Not(string why) => new(null, why);
}
