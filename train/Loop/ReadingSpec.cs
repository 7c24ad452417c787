using Toolchain.Data;

namespace Toolchain.Train.Loop;

/// <summary>How a run reads its data set, as <c>run.json</c> has it.</summary>
internal sealed record ReadingSpec
{
    private const string NoCache = "off";

    /// <summary>The size that images are resized to, <c>224x224</c>; null for none.</summary>
    public string? ImageSize { get; init; }

    /// <summary>Whether unreadable files are left out.</summary>
    public bool SkipBad { get; init; }

    /// <summary>The folder that keeps decoded images, or <c>off</c>; null for the user's.</summary>
    public string? Cache { get; init; }

    /// <summary>The record of some options.</summary>
    public static ReadingSpec Of(DatasetOptions options) => new()
    {
        ImageSize = options.Size is { } size ? new ImageExtent(size).ToString() : null,
        SkipBad = options.SkipBad,
        Cache = options.Cache is not { } folder ? NoCache : folder == DatasetOptions.UserCache ? null : Path.GetFullPath(folder),
    };

    /// <summary>The options.</summary>
    public DatasetOptions ToOptions() => new()
    {
        Size = ImageSize is { } size ? ImageExtent.Parse(size).Pair : null,
        SkipBad = SkipBad,
        Cache = Cache switch
        {
            null => DatasetOptions.UserCache,
            NoCache => null,
            var folder => folder,
        },
    };
}
