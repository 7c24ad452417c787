namespace Toolchain.Data;

/// <summary>A data set as it is opened: the images to learn from, and those kept apart to measure the result.</summary>
/// <param name="Reference">What was asked for, for example <c>fashion-mnist</c> or <c>idx:/data/digits</c>.</param>
/// <param name="Train">Images for training; a validation part is taken from them with <see cref="Split.Stratified"/>.</param>
/// <param name="Test">Images for the final measurement only.</param>
public sealed record DatasetSplits(string Reference, ImageDataset Train, ImageDataset Test);
