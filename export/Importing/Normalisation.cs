using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Toolchain.Export.Exporting;
using Toolchain.Graphs;

namespace Toolchain.Export.Importing;

/// <summary>How pixels become what a file expects, and how that is known.</summary>
/// <param name="Preprocessing">The preprocessing.</param>
/// <param name="Known">Where it is from, for people.</param>
/// <param name="IsAssumed">Whether nobody said anything, so that it may be wrong.</param>
internal sealed record Normalisation(Preprocessing Preprocessing, string Known, bool IsAssumed)
{
    // https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md
    private const string NominalRange = "Image.NominalPixelRange";

    /// <summary>The normalisation that was asked for, or that the file states, or that its first operators show; otherwise pixels in 0..1.</summary>
    /// <exception cref="ToolchainException">There is not one number per channel, or a deviation is not above 0 (<see cref="ErrorKind.Usage"/>).</exception>
    public static Normalisation Of(Graph graph, ForeignInput input, ImportOptions options)
    {
        if (input.Layout == ImageLayout.Table)
        {
            return new(Table(input, options), options.Mean is null && options.Std is null ? "none" : "as asked for", IsAssumed: false);
        }

        if (options.Mean is not null || options.Std is not null)
        {
            return new(Affine(input, options.Range ?? PixelRange.Unit, options), "as asked for", IsAssumed: false);
        }

        if (options.Range is { } range)
        {
            return new(Affine(input, range, options), "as asked for", IsAssumed: false);
        }

        if (input.Element == ElementType.UInt8)
        {
            return new(Affine(input, PixelRange.Bytes, options), "bytes", IsAssumed: false);
        }

        if (Stated(graph.Metadata, input) is { } stated)
        {
            return new(stated, "as the file's metadata say", IsAssumed: false);
        }

        return RangeOf(graph.Metadata) is { } named ? new(Affine(input, named, options), $"{NominalRange} of the file's metadata", IsAssumed: false)
            : LeadingScale.Range(graph, input.Name) is { } shown ? new(Affine(input, shown, options), "the graph normalises by itself", IsAssumed: false)
            : new(Affine(input, PixelRange.Unit, options), "not known, 0..1 assumed", IsAssumed: true);
    }

    private static Preprocessing Table(ForeignInput input, ImportOptions options) =>
        new(input.Size.Channels, 1, 1, [.. PerChannel("--mean", options.Mean, input, 0)], [.. Deviations(options, input)]) { Samples = SampleKind.Numbers };

    /// <summary>(low + v/255 · (high − low) − mean) / std as (v/255 − m) / s.</summary>
    private static Preprocessing Affine(ForeignInput input, PixelRange range, ImportOptions options)
    {
        var width = range.High - range.Low;
        var mean = PerChannel("--mean", options.Mean, input, 0).Select(m => (m - range.Low) / width);
        return new(input.Size.Channels, input.Size.Height, input.Size.Width, [.. mean], [.. Deviations(options, input).Select(s => s / width)]);
    }

    private static EquatableArray<float> Deviations(ImportOptions options, ForeignInput input)
    {
        var std = PerChannel("--std", options.Std, input, 1);
        return std.All(static s => s > 0) ? std : throw new ToolchainException(ErrorKind.Usage, "--std must be above 0 for every channel.");
    }

    private static EquatableArray<float> PerChannel(string option, EquatableArray<float>? given, ForeignInput input, float otherwise) => given switch
    {
        null => EquatableArray.Repeat(otherwise, input.Size.Channels),
        [var one] => EquatableArray.Repeat(one, input.Size.Channels),
        { } all when all.Count == input.Size.Channels => all,
        { } other => throw new ToolchainException(ErrorKind.Usage, $"{option} has {other.Count} numbers, but input '{input.Name}' has {input.Size.Channels} channels."),
    };

    /// <summary>What this toolchain writes into the files that it exports.</summary>
    private static Preprocessing? Stated(IReadOnlyDictionary<string, string> metadata, ForeignInput input)
    {
        try
        {
            var json = metadata.TryGetValue(ModelMetadata.Preprocessing, out var text) ? JsonNode.Parse(text) as JsonObject : null;
            var (mean, std) = (Numbers(json?["mean"]), Numbers(json?["std"]));
            return mean.Length == input.Size.Channels && std.Length == input.Size.Channels && std.All(static s => s > 0) && json?["samples"] is null
                ? new(input.Size.Channels, input.Size.Height, input.Size.Width, mean, std)
                : null;
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static ImmutableArray<float> Numbers(JsonNode? node) => node is JsonArray array ? [.. array.Select(static v => v!.GetValue<float>())] : [];

    private static PixelRange? RangeOf(IReadOnlyDictionary<string, string> metadata) => metadata.GetValueOrDefault(NominalRange) switch
    {
        "NominalRange_0_255" => PixelRange.Bytes,
        "Normalized_0_1" => PixelRange.Unit,
        "Normalized_1_1" => PixelRange.Symmetric,
        _ => null,
    };
}
