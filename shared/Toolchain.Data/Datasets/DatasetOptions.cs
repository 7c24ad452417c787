namespace Toolchain.Data;

/// <summary>How a data set is opened.</summary>
public sealed record DatasetOptions
{
    /// <summary>The options used when none are given.</summary>
    public static DatasetOptions Default { get; } = new();

    /// <summary>The folder of installed data sets; null, the default, for <see cref="DatasetCatalog.RootVariable"/> or the system's.</summary>
    public string? Root { get; init; }

    /// <summary>
    /// Height and width that images are resized to, without regard for their proportions; null, the default, leaves images that are stored in
    /// one size as they are, and image files to <see cref="FileSize"/>.
    /// </summary>
    public (int Height, int Width)? Size { get; init; }

    /// <summary>
    /// Height and width that image files are decoded to where <see cref="Size"/> asks for none: those of a model's input; null, the default, for the files'
    /// own size when all have one, otherwise for the median height and the median width, each 224 at most.
    /// </summary>
    public (int Height, int Width)? FileSize { get; init; }

    /// <summary>1 to decode image files to grey, 3 to RGB; null, the default, for grey when all of them are grey.</summary>
    public int? Channels { get; init; }

    /// <summary>The folder that keeps decoded image files, <see cref="UserCache"/> by default; null decodes them again whenever they are read.</summary>
    public string? Cache { get; init; } = UserCache;

    /// <summary>Leaves unreadable image files out and lists them in <see cref="DatasetSplits.Skipped"/>, instead of stopping; off by default.</summary>
    public bool SkipBad { get; init; }

    /// <summary>Told what takes long, in a sentence; nobody by default.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Ends the opening with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The same options for data that a model takes: image files are decoded to the size and colours of its input.</summary>
    public DatasetOptions For(Preprocessing input) => input.Samples == SampleKind.Pixels ? this with { FileSize = (input.Height, input.Width), Channels = input.Channels } : this;

    /// <summary>This user's cache: <c>$XDG_CACHE_HOME/toolchain/data</c>, by default under <c>~/.cache</c>.</summary>
    public static string UserCache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "toolchain",
        "data");
}
