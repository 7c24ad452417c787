using Toolchain.Data;
using Toolchain.Registry;
using Toolchain.Registry.Cli;

namespace Toolchain.Export.Verification;

/// <summary>The samples that a model is measured on.</summary>
internal static class TestSplit
{
    /// <summary>Opens a data set's test split and checks that the model can be measured on it.</summary>
    /// <param name="reference">The data set: <c>fashion-mnist</c>, <c>csv:FILE</c>.</param>
    /// <param name="version">The model.</param>
    /// <exception cref="ToolchainException">The data set cannot be read, or its task, samples or outputs are others (<see cref="ErrorKind.Usage"/>).</exception>
    public static Dataset Open(string reference, ModelVersion version)
    {
        var manifest = version.Manifest;
        var test = DatasetCatalog.Open(reference, DatasetOptions.Default.For(manifest.Preprocessing)).Test;
        if (test.Task.Text() != manifest.Task)
        {
            throw new ToolchainException(ErrorKind.Usage, $"Data set {test.Name} is for {test.Task.Text()}, and the model is for {manifest.Task}. Name the data set that the model was trained for.");
        }

        var samples = test.Inputs is TableInputs ? SampleKind.Numbers : SampleKind.Pixels;
        var input = manifest.Preprocessing;
        if ((test.Channels, test.Height, test.Width, samples) != (input.Channels, input.Height, input.Width, input.Samples))
        {
            var found = Display.Input(input with { Channels = test.Channels, Height = test.Height, Width = test.Width, Samples = samples });
            throw new ToolchainException(ErrorKind.Usage, $"Data set {test.Name} has samples of {found}; the model takes {Display.Input(input)}. Name a data set of that size.");
        }

        return manifest.Labels.Count == 0 || test.OutputNames.SequenceEqual(manifest.Labels)
            ? test
            : throw new ToolchainException(
                ErrorKind.Usage,
                $"Data set {test.Name} has the {(test.Task == ModelTask.Regression ? "targets" : "classes")} {string.Join(", ", test.OutputNames)}; the model has {string.Join(", ", manifest.Labels)}. A measurement would mean nothing; name the data set that the model was trained for.");
    }
}
