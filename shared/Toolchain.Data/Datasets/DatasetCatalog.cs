using System.Collections.Immutable;

namespace Toolchain.Data;

/// <summary>The data sets that <c>--data</c> can name. A new one is a file with a <see cref="DatasetKind"/> and a line in <see cref="Kinds"/>.</summary>
public static class DatasetCatalog
{
    /// <summary>The environment variable that names the folder with a sub-folder per installed data set.</summary>
    public const string RootVariable = "TOOLCHAIN_DATA";

    /// <summary>Where Debian's data set packages install, used when <see cref="RootVariable"/> is not set.</summary>
    public const string SystemRoot = "/usr/share/datasets";

    /// <summary>Every kind of data set, in the order in which help lists them.</summary>
    public static ImmutableArray<DatasetKind> Kinds { get; } =
    [
        FashionMnist.Kind,
        Digits.Kind,
        IdxFolder.Kind,
        FolderDataset.Kind,
        CsvDataset.Kind,
        MaskFolder.Kind,
        MetaImageFolder.Kind,
    ];

    /// <summary>Opens a data set's training and test samples.</summary>
    /// <param name="reference">A kind, and its argument after a colon where it takes one: <c>fashion-mnist</c>, <c>folder:DIR</c>.</param>
    /// <param name="options">How; <see cref="DatasetOptions.Default"/> when null.</param>
    /// <exception cref="ToolchainException">
    /// The reference is unknown (<see cref="ErrorKind.Usage"/>), a file is missing (<see cref="ErrorKind.NotFound"/>) or damaged (<see cref="ErrorKind.BadInput"/>),
    /// or the cache cannot be written (<see cref="ErrorKind.Unavailable"/>).
    /// </exception>
    public static DatasetSplits Open(string reference, DatasetOptions? options = null)
    {
        options ??= DatasetOptions.Default;
        var colon = reference.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? reference : reference[..colon];
        var argument = colon < 0 ? "" : reference[(colon + 1)..];

        var kind = Kinds.FirstOrDefault(kind => kind.Name == name)
            ?? throw new ToolchainException(ErrorKind.Usage, $"Data set '{reference}' is not known. Known are {string.Join(", ", Kinds.Select(kind => kind.Usage))}.");
        if (kind.Argument is null != argument.Length is 0)
            throw new ToolchainException(ErrorKind.Usage, $"Data set '{reference}' is written {kind.Usage}.");
        var opened = kind.Open(argument, options with { Root = options.Root ?? DefaultRoot() }) with { Reference = reference };
        return options.Size is var (height, width) ? Resized(opened, height, width) : opened;
    }

    // What decodes files has that size already.
    private static DatasetSplits Resized(DatasetSplits data, int height, int width) => data.Train.Inputs is ImageInputs
        ? data with { Train = data.Train.Resized(height, width), Test = data.Test.Resized(height, width) }
        : throw new ToolchainException(ErrorKind.Usage, $"An image size was asked for, but data set {data.Reference} is a table. Leave the size out.");

    private static string DefaultRoot() => Environment.GetEnvironmentVariable(RootVariable) is { Length: > 0 } folder ? folder : SystemRoot;
}
