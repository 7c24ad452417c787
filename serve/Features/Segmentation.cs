using Toolchain.Graphs;
using Toolchain.Registry;
using Toolchain.Runtime;
using Toolchain.Serve.Models;

namespace Toolchain.Serve.Features;

/// <summary>Which class each pixel of an image shows.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version that answered.</param>
/// <param name="Height">Pixels of the mask, which are those that the model takes; the image was resized to them.</param>
/// <param name="Width">Pixels of the mask.</param>
/// <param name="Classes">The classes that are there, the largest first.</param>
/// <param name="Runs">The mask from its first row to its last: a class, for how many pixels it goes on, the next class, and so on.</param>
/// <param name="BatchSize">Rows that ran together.</param>
/// <param name="TimingsMs">Where the time went, in ms.</param>
internal sealed record Segmentation(
    string Model, int Version, int Height, int Width, IReadOnlyList<SegmentedClass> Classes, IReadOnlyList<int> Runs, int BatchSize, Timings TimingsMs)
{
    /// <summary>Why the batch was what it was; absent unless the request asks with <c>explain=true</c>.</summary>
    public BatchExplained? Batch { get; init; }
}

/// <summary>A class of a mask.</summary>
/// <param name="Label">Its name; its index where the model has no names.</param>
/// <param name="Index">Its place among the model's outputs, from 0.</param>
/// <param name="Pixels">How many pixels show it.</param>
/// <param name="Fraction">How much of the mask that is, 0..1.</param>
internal sealed record SegmentedClass(string Label, int Index, int Pixels, double Fraction);

/// <summary>The output of a segmentation: float32 <c>[N, classes, H, W]</c>, of which the largest class of each pixel is meant.</summary>
/// <param name="Output">Its place among the outputs.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Labels">The classes' names; empty where the manifest has none.</param>
internal sealed record SegmentOutput(int Output, int Classes, int Height, int Width, IReadOnlyList<string> Labels)
{
    /// <summary>The output of a model that segments images, or null.</summary>
    public static SegmentOutput? Of(ServedModel model)
    {
        if (model.Image is null || model.Manifest?.Task != ModelTask.Segmentation.Text())
        {
            return null;
        }

        for (var i = 0; i < model.Layout.Outputs.Count; i++)
        {
            if (model.Layout.Outputs[i] is { Name: ModelTensors.Logits or ModelTensors.Probabilities, Type: ElementType.Float32, Dimensions: [> 1 and <= ushort.MaxValue and var classes, var height, var width] })
            {
                var labels = model.Manifest.Labels;
                return new(i, (int)classes, (int)height, (int)width, labels.Count == classes ? labels : []);
            }
        }

        return null;
    }

    /// <summary>The name of a class.</summary>
    public string Label(int index) => Labels.Count > 0 ? Labels[index] : index.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
