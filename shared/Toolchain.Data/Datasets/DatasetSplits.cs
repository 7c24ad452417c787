namespace Toolchain.Data;

/// <summary>A data set as it is opened: the samples to learn from, and those kept apart to measure the result.</summary>
/// <param name="Reference">What was asked for, for example <c>fashion-mnist</c> or <c>idx:/data/digits</c>.</param>
/// <param name="Train">Samples for training; a validation part is taken from them with <see cref="Split.Of"/>.</param>
/// <param name="Test">Samples for the final measurement only.</param>
public sealed record DatasetSplits(string Reference, Dataset Train, Dataset Test);
