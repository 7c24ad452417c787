using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Toolchain.Data;

/// <summary>The samples of a list of files, decoded to one shape.</summary>
/// <param name="Inputs">The samples, file after file.</param>
/// <param name="Files">The place of each sample's file in the list.</param>
/// <param name="Slices">The number of each sample in its file; all 0 for images.</param>
/// <param name="Sizes">The sizes that the files have.</param>
/// <param name="Skipped">The files that were left out, each with its path and the reason.</param>
internal sealed record FileSamples(ImageInputs Inputs, int[] Files, int[] Slices, ImmutableArray<SizeCount> Sizes, ImmutableArray<string> Skipped)
{
    private const string Advice = "Correct the data, or leave such files out with --skip-bad";

    /// <summary>Inspects the files and decodes them: into the cache, or whenever they are read.</summary>
    /// <param name="name">The data set's name in messages.</param>
    /// <param name="paths">The files.</param>
    /// <param name="format">How they are decoded.</param>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="ToolchainException">A file is unreadable and may not be left out, or none is left (<see cref="ErrorKind.BadInput"/>); the cache cannot be written (<see cref="ErrorKind.Unavailable"/>).</exception>
    public static FileSamples Open(string name, IReadOnlyList<SamplePath> paths, SampleFormat format, DatasetOptions options)
    {
        var memo = options.Cache is { } cache ? FileMemo.Open(cache, name, format) : null;
        var (files, faults) = (new SampleFile?[paths.Count], new string?[paths.Count]);
        InParallel.For(paths.Count, i => faults[i] = Fault(paths[i].Path, paths[i].Problem ?? FileFaults.Try(() => files[i] = memo is null ? format.Inspect(paths[i]) : memo.Inspect(paths[i], format))), options.Cancellation);
        memo?.Save();
        Stop(name, faults, options);

        var readable = Readable(name, paths, faults);
        var sources = Array.ConvertAll(readable, i => files[i]!);
        var shape = SizeRule.Of(sources, options);
        var (rows, damaged) = Decode(sources, shape, format, options);
        foreach (var (source, fault) in damaged)
            faults[readable[source]] = Fault(sources[source].Path, fault);
        Stop(name, faults, options);

        // What was found to be damaged has no say in the size.
        var whole = Readable(name, paths, faults);
        var good = Array.ConvertAll(whole, i => files[i]!);
        if (SizeRule.Of(good, options) is var common && common != shape)
            (readable, sources, shape, (rows, _)) = (whole, good, common, Decode(good, common, format, options));
        return Of(rows, shape, sources, readable, faults);
    }

    private static int[] Readable(string name, IReadOnlyList<SamplePath> paths, string?[] faults)
    {
        int[] readable = [.. Enumerable.Range(0, paths.Count).Where(i => faults[i] is null)];
        return readable.Length > 0
            ? readable
            : throw new ToolchainException(ErrorKind.BadInput, $"Data set {name} has no readable file{(paths.Count > 0 ? $"; the first of {paths.Count} is {faults[0]}" : "")}.");
    }

    // Which files are damaged inside is known once they are decoded: all of them for a cache or when such files are to be left out, otherwise each in its turn.
    private static (PixelRows Rows, IReadOnlyDictionary<int, string> Damaged) Decode(SampleFile[] files, PixelShape shape, SampleFormat format, DatasetOptions options)
    {
        if (options.Cache is { } folder)
        {
            var cached = RowCache.Open(folder, format, files, shape, options);
            return (cached, cached.Faults);
        }

        var damaged = new SortedDictionary<int, string>();
        if (options.SkipBad)
        {
            InParallel.For(files.Length, i =>
            {
                if (FileFaults.Damage(files[i].Path, () => Check(files[i])) is { } fault)
                {
                    lock (damaged)
                        damaged[i] = fault;
                }
            }, options.Cancellation);
        }

        return (new DecodedRows(format, files, shape), damaged);

        void Check(SampleFile file)
        {
            using var reader = format.Open(file, shape);
            var pixels = new byte[shape.Length];
            for (var row = 0; row < file.Rows; row++)
                reader.Read(row, pixels);
        }
    }

    private static FileSamples Of(PixelRows rows, PixelShape shape, SampleFile[] sources, int[] readable, string?[] faults)
    {
        var (chosen, origins, slices, digests) = (new List<int>(), new List<int>(), new List<int>(), new List<byte>());
        for (var (source, row) = (0, 0); source < sources.Length; row += sources[source++].Rows)
        {
            for (var slice = 0; faults[readable[source]] is null && slice < sources[source].Rows; slice++)
            {
                chosen.Add(row + slice);
                origins.Add(readable[source]);
                slices.Add(slice);
                digests.AddRange(DigestOf(sources[source], slice));
            }
        }

        var kept = chosen.Count == rows.Count ? rows : rows.Subset([.. chosen]);
        var sizes = sources.Where((_, source) => faults[readable[source]] is null)
            .CountBy(file => (file.Shape.Height, file.Shape.Width))
            .OrderByDescending(count => count.Value).ThenBy(count => count.Key)
            .Select(count => new SizeCount(count.Key.Height, count.Key.Width, count.Value));
        return new(new(new IdentifiedRows(kept, [.. digests]), shape), [.. origins], [.. slices], [.. sizes], [.. faults.OfType<string>()]);
    }

    /// <summary>A data set of these samples, with what is known about their files.</summary>
    public DatasetSplits Describe(DatasetSplits data) => data with { Sizes = Sizes, Skipped = Skipped };

    private static string? Fault(string path, string? problem) => problem is null ? null : $"{path}: {problem}";

    private static byte[] DigestOf(SampleFile file, int slice) => file.Rows == 1
        ? file.Digest
        : SHA256.HashData([.. file.Digest, (byte)slice, (byte)(slice >> 8), (byte)(slice >> 16), (byte)(slice >> 24)]);

    private static void Stop(string name, string?[] faults, DatasetOptions options)
    {
        if (options.SkipBad)
            return;
        var problems = new Problems($"Data set {name}", Advice);
        foreach (var fault in faults.OfType<string>())
            problems.Add(fault);
        problems.ThrowIfAny();
    }
}
