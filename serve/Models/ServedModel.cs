using System.Text.Json;
using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Runtime;
using Toolchain.Serve.Batching;
using Toolchain.Serve.Metrics;

namespace Toolchain.Serve.Models;

/// <summary>A version of a model that was asked for: loaded and served, or refused with a reason.</summary>
internal abstract record ModelEntry(string Name, int Version, ModelManifest? Manifest)
{
    /// <summary>What it is known by.</summary>
    public (string Name, int Version) Key => (Name, Version);

    /// <summary>The version as the protocol writes it.</summary>
    public string VersionText { get; } = Version.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public sealed override string ToString() => $"{Name}:{VersionText}";
}

/// <summary>A version that could not be loaded.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version number.</param>
/// <param name="Manifest">Its manifest; null when that is what cannot be read.</param>
/// <param name="Problem">Why, for a person.</param>
internal sealed record RefusedModel(string Name, int Version, ModelManifest? Manifest, string Problem) : ModelEntry(Name, Version, Manifest);

/// <summary>A version that is loaded.</summary>
internal sealed record ServedModel : ModelEntry
{
    private readonly Lazy<Task> _givenBack;

    /// <summary>Describes a loaded version.</summary>
    public ServedModel(ModelVersion version, RowLayout layout, DeviceSpec device, Batcher batcher, ModelStatistics statistics)
        : base(version.Name, version.Version, version.Manifest)
    {
        (Layout, Device, Batcher, Statistics) = (layout, device, batcher, statistics);
        _givenBack = new(() => batcher.DisposeAsync().AsTask());
        Image = ImageInput.Of(layout);
        Classes = ClassOutput.Of(layout, version.Manifest.Labels);
        Disagreement = layout.Outputs.Index().Where(static o => o.Item is { Name: ModelTensors.Disagreement, Type: ElementType.Float32, Dimensions: [] }).Select(static o => (int?)o.Index).FirstOrDefault();
    }

    /// <summary>One row of its inputs and outputs.</summary>
    public RowLayout Layout { get; }

    /// <summary>Where it runs.</summary>
    public DeviceSpec Device { get; }

    /// <summary>Its queue.</summary>
    public Batcher Batcher { get; }

    /// <summary>What it did since it was loaded.</summary>
    public ModelStatistics Statistics { get; }

    /// <summary>Who uses it; requests enter through <see cref="ServerState.Use(string)"/>.</summary>
    public UseCount Uses { get; } = new();

    /// <summary>How long loading took: reading, checking, and warming.</summary>
    public TimeSpan LoadDuration { get; init; }

    /// <summary>The decoded image that it takes; null when it takes something else.</summary>
    public ImageInput? Image { get; }

    /// <summary>Its probabilities; null when it has none.</summary>
    public ClassOutput? Classes { get; }

    /// <summary>The place of the output that says how far an ensemble's members disagree; null when it is no ensemble of classifiers.</summary>
    public int? Disagreement { get; }

    /// <summary>Ends its queue and gives its memory back, once; requests that are still waiting get <see cref="RunOutcome.Stopped"/>.</summary>
    public Task GiveBackAsync() => _givenBack.Value;
}

/// <summary>A single input of decoded pixels, <c>uint8 [N, H, W, C]</c>.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
internal sealed record ImageInput(int Height, int Width, int Channels)
{
    /// <summary>The image input of a model, or null.</summary>
    public static ImageInput? Of(RowLayout layout) => layout.Inputs is [{ Type: ElementType.UInt8, Dimensions: [var height, var width, 1 or 3] } only]
        ? new((int)height, (int)width, (int)only.Dimensions[2])
        : null;
}

/// <summary>The output <c>probabilities</c>, <c>float32 [N, classes]</c>.</summary>
/// <param name="Output">Its place among the outputs.</param>
/// <param name="Labels">The classes' names, ready to be written; the indices where the manifest has no names.</param>
internal sealed record ClassOutput(int Output, JsonEncodedText[] Labels)
{
    /// <summary>The class output of a model, or null.</summary>
    public static ClassOutput? Of(RowLayout layout, IReadOnlyList<string> labels)
    {
        for (var i = 0; i < layout.Outputs.Count; i++)
        {
            if (layout.Outputs[i] is { Name: ModelTensors.Probabilities, Type: ElementType.Float32, Dimensions: [var classes] })
            {
                var names = labels.Count == classes ? labels : [.. Enumerable.Range(0, (int)classes).Select(static index => index.ToString(System.Globalization.CultureInfo.InvariantCulture))];
                return new(i, [.. names.Select(static name => JsonEncodedText.Encode(name))]);
            }
        }

        return null;
    }
}
