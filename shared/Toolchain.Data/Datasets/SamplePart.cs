namespace Toolchain.Data;

/// <summary>What a sample is for.</summary>
public enum SamplePart
{
    /// <summary>To learn from.</summary>
    Train,

    /// <summary>To choose the best epoch by.</summary>
    Validation,

    /// <summary>For the final measurement only.</summary>
    Test,
}

/// <summary>The words of files for the parts of a data set.</summary>
internal static class SampleParts
{
    /// <summary>What files are told to write.</summary>
    public const string Words = "train, validation or test";

    /// <summary>The word for a part.</summary>
    public static string Text(SamplePart part) => part switch
    {
        SamplePart.Train => "train",
        SamplePart.Validation => "validation",
        SamplePart.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "Unknown part."),
    };

    /// <summary>The part that a word names, <c>val</c> and <c>valid</c> included, whatever its case; null when it names none.</summary>
    public static SamplePart? Parse(string word) => word.ToUpperInvariant() switch
    {
        "TRAIN" => SamplePart.Train,
        "VALIDATION" or "VALID" or "VAL" => SamplePart.Validation,
        "TEST" => SamplePart.Test,
        _ => null,
    };
}
