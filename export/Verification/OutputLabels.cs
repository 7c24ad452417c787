using Toolchain.Graphs;
using Toolchain.Registry;

namespace Toolchain.Export.Verification;

/// <summary>Whether a model's labels and its outputs belong together.</summary>
internal static class OutputLabels
{
    /// <summary>Whether there is a label for each output, none is known, or a single logit tells two classes apart.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="outputs">Its logits or values per sample.</param>
    public static bool Fit(ModelManifest manifest, Dimension outputs)
    {
        var labels = manifest.Labels.Count;
        return labels == 0 || outputs.Admits(labels) || (labels == 2 && outputs.Value == 1 && manifest.Task != ModelTask.Regression.Text());
    }
}
