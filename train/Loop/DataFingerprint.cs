namespace Toolchain.Train.Loop;

/// <summary>What tells one content and division of a data set from another.</summary>
/// <param name="Train">The content hash of the training samples.</param>
/// <param name="Test">That of the test samples; null where it was not recorded.</param>
/// <param name="Split">The hash of the division; null where it was not recorded.</param>
internal sealed record DataFingerprint(string Train, string? Test, string? Split)
{
    /// <summary>The fingerprint of data that was opened.</summary>
    public static DataFingerprint Of(TrainingData data) => new(data.Opened.Train.ContentHash, data.Opened.Test.ContentHash, data.Division.Hash);

    /// <summary>What is different in other data, in words; null when it is the same.</summary>
    public string? Difference(TrainingData data)
    {
        var found = Of(data);
        return found.Train != Train ? $"the training samples' content hash is {found.Train}, expected {Train}"
            : Test is { } test && found.Test != test ? $"the test samples' content hash is {found.Test}, expected {test}"
            : Split is { } split && found.Split != split ? $"the division of its training samples has the hash {found.Split}, expected {split}"
            : null;
    }
}
