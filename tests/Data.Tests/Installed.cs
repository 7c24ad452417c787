namespace Toolchain.Data.Tests;

/// <summary>The installed Fashion-MNIST, read once for all tests.</summary>
internal static class Installed
{
    private static readonly Lazy<DatasetSplits> Splits = new(() => DatasetCatalog.Open("fashion-mnist", new() { Root = DatasetCatalog.SystemRoot }));

    public static DatasetSplits FashionMnist => Splits.Value;
}
