using Toolchain.Data;

namespace Toolchain.Export.Verification;

/// <summary>The share of images whose largest logit is the true class's.</summary>
internal static class Accuracy
{
    /// <summary>Opens a data set's test split and checks that the model can take it.</summary>
    /// <param name="reference">The data set: <c>fashion-mnist</c>, <c>idx:DIR</c>.</param>
    /// <param name="preprocessing">The model's images.</param>
    /// <param name="labels">The model's classes; empty where they are not known.</param>
    /// <exception cref="ToolchainException">The data set cannot be read, or its images or classes are others (<see cref="ErrorKind.Usage"/>).</exception>
    public static Dataset OpenTestSplit(string reference, Preprocessing preprocessing, IReadOnlyList<string> labels)
    {
        var test = DatasetCatalog.Open(reference).Test;
        if ((test.Channels, test.Height, test.Width) != (preprocessing.Channels, preprocessing.Height, preprocessing.Width))
        {
            throw new ToolchainException(
                ErrorKind.Usage,
                $"Data set {test.Name} has {test.Channels}×{test.Height}×{test.Width} images; the model takes {preprocessing.Channels}×{preprocessing.Height}×{preprocessing.Width}. Name a data set of that size.");
        }

        return labels.Count == 0 || test.ClassNames.SequenceEqual(labels)
            ? test
            : throw new ToolchainException(
                ErrorKind.Usage,
                $"Data set {test.Name} has the classes {string.Join(", ", test.ClassNames)}; the model has {string.Join(", ", labels)}. An accuracy would mean nothing; name the data set that the model was trained for.");
    }

    /// <summary>Runs a model over a split, 0..1.</summary>
    /// <param name="model">The model.</param>
    /// <param name="test">The images.</param>
    /// <param name="batch">Images per run.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    public static double Measure(LoadedModel model, Dataset test, int batch, CancellationToken cancellation)
    {
        var right = 0L;
        var loader = new BatchLoader(test, Enumerable.Range(0, test.Count).ToArray(), new() { BatchSize = batch });
        foreach (var images in loader.Epoch(0, cancellation))
        {
            using (images)
            {
                var logits = model.Logits(images.PixelBuffer.AsMemory(0, images.Pixels.Length), images.Count);
                var values = logits.Values<float>();
                var classes = (int)logits.Dimensions[1];
                for (var i = 0; i < images.Count; i++)
                {
                    right += images.Labels[i] == Largest(values.Slice(i * classes, classes)) ? 1 : 0;
                }
            }
        }

        return test.Count == 0 ? 0 : (double)right / test.Count;
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }
}
