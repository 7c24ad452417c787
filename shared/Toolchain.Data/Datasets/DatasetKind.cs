namespace Toolchain.Data;

/// <summary>One entry of the <see cref="DatasetCatalog"/>.</summary>
/// <param name="Name">The reference, or its part before the colon.</param>
/// <param name="Argument">What stands after the colon, as help shows it (<c>DIR</c>); null when the kind takes none.</param>
/// <param name="Summary">One line for help.</param>
/// <param name="Open">Reads it, given the argument (empty without one) and options whose <see cref="DatasetOptions.Root"/> is set.</param>
public sealed record DatasetKind(string Name, string? Argument, string Summary, Func<string, DatasetOptions, DatasetSplits> Open)
{
    /// <summary>How the reference is written: <c>fashion-mnist</c>, <c>idx:DIR</c>.</summary>
    public string Usage => Argument is null ? Name : $"{Name}:{Argument}";
}
