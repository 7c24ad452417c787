namespace Toolchain.Data;

/// <summary>One random change to a sample.</summary>
public abstract record SampleTransform
{
    private protected SampleTransform()
    {
    }

    /// <summary>What messages call it.</summary>
    private protected abstract string Noun { get; }

    /// <summary>Why it cannot be applied to a data set; empty when it can.</summary>
    internal virtual IEnumerable<string> Problems(Dataset dataset) => dataset.Inputs is TableInputs
        ? [.. NumberProblems(), $"{Noun} changes images, and this is a table, to which only noise applies"]
        : NumberProblems();

    /// <summary>What is wrong with the numbers themselves.</summary>
    private protected abstract IEnumerable<string> NumberProblems();

    /// <summary>Changes an image, and its mask, in place.</summary>
    internal abstract void Apply(in ImageSample sample, ref SeededRandom random);

    private protected IEnumerable<string> Outside(string what, double value, double low, double high)
    {
        if (!(value >= low && value <= high))
            yield return FormattableString.Invariant($"the {what} of {Noun} is {value}; it must be {low} to {high}");
    }
}
